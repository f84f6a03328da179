/**
 * SSH keys whose private half is public: whoever wants it has it. Used by keys/known-compromised-key for
 * authorized keys and for host keys, compared by fingerprint.
 *
 * Where the entries come from: the public key files of the repositories named in `source` (repository and path, read
 * from stored copies); each fingerprint was computed from that file with `ssh-keygen -lf` and none was taken from
 * elsewhere. The copies were checked as numbers, too: DSA group and key, ECDSA and Ed25519 point on its curve, RSA
 * modulus composite and free of prime factors below two million.
 *
 * What this list is NOT: it is not complete, and a key that is missing here is not thereby a good one. Left out:
 * - Debian's weak keys of 2008 (DSA-1571, CVE-2008-0166): some hundred thousand fingerprints; the packages that held
 *   them, openssh-blacklist and openssl-blacklist, are no longer in Debian (asked: Debian 12);
 * - keys of which no public file could be read (rapid7/ssh-badkeys: all of authorized/, Quantum's in private/);
 * - the other home routers in rapid7/ssh-badkeys host/: no Debian server carries them;
 * - test keys of SSH libraries (paramiko's demo excepted), and keys that somebody lost alone.
 */
export interface CompromisedKey {
  readonly fingerprint: `SHA256:${string}`
  readonly type: string
  /** What it is; the same in both languages. */
  readonly known: string
  /** Repository and path of the public key. */
  readonly source: string
}

export const compromisedKeys: readonly CompromisedKey[] = [
  {
    fingerprint: 'SHA256:1M4RzhMyWuFS/86uPY/ce2prh/dVTHW7iD2RhpquOZA',
    type: 'ssh-rsa',
    known: 'Vagrant insecure key (RSA)',
    source: 'hashicorp/vagrant keys/vagrant.pub',
  },
  {
    fingerprint: 'SHA256:WkvqjnyPAeC0cbPErYiGP9vqHdgL1MqqvPdIe3lvHgI',
    type: 'ssh-ed25519',
    known: 'Vagrant insecure key (Ed25519)',
    source: 'hashicorp/vagrant keys/vagrant.pub.ed25519',
  },
  {
    fingerprint: 'SHA256:mNz9adiNUt9xnouQa1sVz3M2zmUV/nTEjUOucMNM9l4',
    type: 'ssh-rsa',
    known: 'Phusion baseimage-docker insecure key',
    source: 'phusion/baseimage-docker image/insecure_key.pub',
  },
  {
    fingerprint: 'SHA256:OLV86m/6LaIoT0EEiHnxHx9LfTJIDdSFYPvI6+SZml8',
    type: 'ssh-rsa',
    known: 'Paramiko demo user key',
    source: 'paramiko/paramiko demos/user_rsa_key.pub',
  },
  {
    fingerprint: 'SHA256:9prMbqhS4QteoFQ1ZRJDqSBLWoHXPyKB0iWR05Ghro4',
    type: 'ssh-rsa',
    known: 'F5 BIG-IP root key (CVE-2012-1493)',
    source: 'rapid7/ssh-badkeys private/f5-bigip-cve-2012-1493.pub',
  },
  {
    fingerprint: 'SHA256:4REJomy/ZbGbLVcbZzR/i6CQuzF+EI6DMvu/lHCxh4M',
    type: 'ssh-rsa',
    known: 'Kali Linux image for Raspberry Pi 2, host key',
    source: 'rapid7/ssh-badkeys host/kali-rpi2.pub',
  },
  {
    fingerprint: 'SHA256:xTzI9vdbIiitFXEgP6VY+09zGQsNHBTfM5/Rns0u3HA',
    type: 'ssh-dss',
    known: 'Piunora Raspberry Pi OS image 2021-11-24, host key (DSA)',
    source: 'rapid7/ssh-badkeys host/piunora_20211124_dsa.pub',
  },
  {
    fingerprint: 'SHA256:bTSyNyNBablX5SCmJoOMan7ynqSR2x+FYmeh2Oz56qY',
    type: 'ecdsa-sha2-nistp256',
    known: 'Piunora Raspberry Pi OS image 2021-11-24, host key (ECDSA)',
    source: 'rapid7/ssh-badkeys host/piunora_20211124_ecdsa.pub',
  },
  {
    fingerprint: 'SHA256:MlQfTrr4GkwEXWhIdaO2UQqraKMWLwNos2gDRkahH9g',
    type: 'ssh-ed25519',
    known: 'Piunora Raspberry Pi OS image 2021-11-24, host key (Ed25519)',
    source: 'rapid7/ssh-badkeys host/piunora_20211124_ed25519.pub',
  },
  {
    fingerprint: 'SHA256:V5P7jIBPzDxESe9LdhBKYIbc7LEBt1OxjOutFfG0yD4',
    type: 'ssh-rsa',
    known: 'Piunora Raspberry Pi OS image 2021-11-24, host key (RSA)',
    source: 'rapid7/ssh-badkeys host/piunora_20211124_rsa.pub',
  },
  {
    fingerprint: 'SHA256:p0d17FbYOw5Qoa1bByZKGoaBmKsibJjE0HICg95si/4',
    type: 'ssh-dss',
    known: 'Piunora Raspberry Pi OS image 2021-12-01, host key (DSA)',
    source: 'rapid7/ssh-badkeys host/piunora_20211201_dsa.pub',
  },
  {
    fingerprint: 'SHA256:LjeI9LHdkiQXmE7RGkth9mtn/sdpy2sOBD+tieb/X2E',
    type: 'ecdsa-sha2-nistp256',
    known: 'Piunora Raspberry Pi OS image 2021-12-01, host key (ECDSA)',
    source: 'rapid7/ssh-badkeys host/piunora_20211201_ecdsa.pub',
  },
  {
    fingerprint: 'SHA256:nMnJx4mqz7RsxUls5+dr5OMksk+sr1KaSAYprcOHSkY',
    type: 'ssh-ed25519',
    known: 'Piunora Raspberry Pi OS image 2021-12-01, host key (Ed25519)',
    source: 'rapid7/ssh-badkeys host/piunora_20211201_ed25519.pub',
  },
  {
    fingerprint: 'SHA256:0slBEEkR+6fADRD1rhJcOeKaC3Et7o0127tFu19wqOs',
    type: 'ssh-rsa',
    known: 'Piunora Raspberry Pi OS image 2021-12-01, host key (RSA)',
    source: 'rapid7/ssh-badkeys host/piunora_20211201_rsa.pub',
  },
  {
    fingerprint: 'SHA256:s5Qw/PocHrvXYHlxaQvSI8lodaJiuCZrTp+KjEUw0tc',
    type: 'ssh-rsa',
    known: 'Actiontec Q2000 router, host key',
    source: 'rapid7/ssh-badkeys host/Actiontec_q2000_rsa.pub',
  },
  {
    fingerprint: 'SHA256:F9KYIspH9Bhy0ohvvWPEgP5HeCUIeZZ5pA+8Xu2Eky8',
    type: 'ssh-rsa',
    known: 'Alice 1121 router, host key',
    source: 'rapid7/ssh-badkeys host/Alice_1121_rsa.pub',
  },
  {
    fingerprint: 'SHA256:lS3HDtLKk215ScnBSvCMqPKyiF9mvP0o3XG7bJXPHIg',
    type: 'ssh-dss',
    known: 'Cisco RV315W router, host key (DSA)',
    source: 'rapid7/ssh-badkeys host/Cisco_RV315W_dsa.pub',
  },
  {
    fingerprint: 'SHA256:RPT99EeL7WwwWvtuzjRJmLQT2DL4zEh8WG/VxUQZhIg',
    type: 'ssh-rsa',
    known: 'Cisco RV315W router, host key (RSA)',
    source: 'rapid7/ssh-badkeys host/Cisco_RV315W_rsa.pub',
  },
  {
    fingerprint: 'SHA256:8XeiIuMMG6jRFYywuXqJZiLHIFcWoWN0yXR+fYCoy9A',
    type: 'ssh-dss',
    known: 'Cisco RTP300 router, host key (DSA)',
    source: 'rapid7/ssh-badkeys host/Cisco_rtp300_dsa.pub',
  },
  {
    fingerprint: 'SHA256:KI1opHyhNi8e6cj1kBs2K5TuPj6NE5+8o6hcsQjKSY8',
    type: 'ssh-rsa',
    known: 'Cisco RTP300 router, host key (RSA)',
    source: 'rapid7/ssh-badkeys host/Cisco_rtp300_rsa.pub',
  },
  {
    fingerprint: 'SHA256:Lcl4dCjOz4H377asQgXNBK+kjKgD/RNMVZk0aMh5iYE',
    type: 'ssh-rsa',
    known: 'Cisco RV120W router, host key (RSA)',
    source: 'rapid7/ssh-badkeys host/Cisco_rv120w_rsa.pub',
  },
  {
    fingerprint: 'SHA256:WtRSB8XG5R0LFE1KvRKV7sa2pTCQBpbVm8W7QLbCb5A',
    type: 'ssh-rsa',
    known: 'Seagate GoFlex storage, host key (RSA)',
    source: 'rapid7/ssh-badkeys host/Seagate_GoFlex_rsa.pub',
  },
  {
    fingerprint: 'SHA256:TC9ANa1Feew8aA+jxSk0X2V8V7e7fpSrYyL3MXdU7cA',
    type: 'ssh-dss',
    known: 'Seagate GoFlex storage, host key (DSA)',
    source: 'rapid7/ssh-badkeys host/Seagate_GoFlex_dsa.pub',
  },
  {
    fingerprint: 'SHA256:wuCw9eo7BPNjjv7e8qmXryjpZ9MGspIwmu8KoSH/Tis',
    type: 'ssh-dss',
    known: 'Tandberg VCS, host key',
    source: 'rapid7/ssh-badkeys host/tandberg-vcs.pub',
  },
  {
    fingerprint: 'SHA256:0RCgva9fjvPn6TkN89hkVQHIpHkKfvfsGmYtnOgki0g',
    type: 'ssh-rsa',
    known: 'Quanta LTE router, host key',
    source: 'rapid7/ssh-badkeys host/Quanta_LTE.pub',
  },
  {
    fingerprint: 'SHA256:HCKmculX8PrmEXYtnKn3xMnHdnHC/A7+gceWmZNnq0A',
    type: 'ssh-rsa',
    known: 'Moovbox, host key (RSA)',
    source: 'rapid7/ssh-badkeys host/moovbox_host_rsa.pub',
  },
  {
    fingerprint: 'SHA256:fKki+o9MyIk8XUThmRfoejJudcef7mGvkooMCBLyqCM',
    type: 'ssh-rsa',
    known: 'Advantech EKI-1528, host key',
    source: 'rapid7/ssh-badkeys host/advantech_eki_rsa.pub',
  },
  {
    fingerprint: 'SHA256:zaEfS0zzZ4DyGf0BjXPPkEi+6puzJs73EkbEm3XSSqU',
    type: 'ssh-rsa',
    known: 'Zyxel FSG2200, host key',
    source: 'rapid7/ssh-badkeys host/Zyxel_fsg2200_rsa.pub',
  },
  {
    fingerprint: 'SHA256:XOWiL0SiIchHnl1UAGqSwR+jwxBPM9ihiBg06Pk0yHg',
    type: 'ssh-rsa',
    known: 'Zyxel SBG3300 router, host key',
    source: 'rapid7/ssh-badkeys host/Zyxel_sbg3300_rsa.pub',
  },
  {
    fingerprint: 'SHA256:aKZMxi51eXUYwJRXJ01Jy+iL6QLyhFUaMOG0cSSKJYc',
    type: 'ssh-rsa',
    known: 'Zyxel Q100 router, host key',
    source: 'rapid7/ssh-badkeys host/zyxel-q100_rsa.pub',
  },
  {
    fingerprint: 'SHA256:Gh0eIu1Aym/yqjFYOrnTBfhYI7b++0NQIvkjwsGfFvI',
    type: 'ssh-rsa',
    known: 'Zyxel VMG1312 router, host key',
    source: 'rapid7/ssh-badkeys host/zyxel-vmg1312_rsa.pub',
  },
  {
    fingerprint: 'SHA256:AKABay46vBa2bhMYZU2V/z5uqlAUXcuBTxMkW4MHd9s',
    type: 'ssh-rsa',
    known: 'Westermo MRD-310 router, host key (RSA)',
    source: 'rapid7/ssh-badkeys host/Westermo_MRD310_rsa.pub',
  },
  {
    fingerprint: 'SHA256:IO79IWaJRJC8/ZM2PfpsxzkpOk4+RY0pqbWt0v95hPg',
    type: 'ssh-rsa',
    known: 'Moxa IA240, host key (RSA)',
    source: 'rapid7/ssh-badkeys host/Moxa_ia240_rsa.pub',
  },
  {
    fingerprint: 'SHA256:csFEfFe32uUoWQLco1YyjRQqpuy1pluZFFvK/Lo1EJo',
    type: 'ssh-rsa',
    known: 'Moxa 6150, host key',
    source: 'rapid7/ssh-badkeys host/Moxa_6150_rsa.pub',
  },
]
