export const undo = async (_c: unknown, _t: unknown, _i: unknown): Promise<number> => 0
