export const history = async (_c: unknown, _t: unknown): Promise<number> => 0
