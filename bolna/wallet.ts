/** What Bolna counts a wallet in: cents of the account's currency, or its units. */
export type WalletUnit = (typeof WALLET_UNITS)[number];

export const WALLET_UNITS = ['cents', 'units'] as const;

export function otherUnit(unit: WalletUnit): WalletUnit {
  return unit === 'cents' ? 'units' : 'cents';
}

/**
 * Bolna's own command line divides the number by 100; the OpenAPI file's example is 42.42, which is hardly cents. Cents are the safe
 * side: taken wrongly for them, a wallet looks too small, and nobody is called on money that is not there.
 */
export const DEFAULT_WALLET_UNIT: WalletUnit = 'cents';

/** What is in an account's wallet. */
export interface Wallet {
  /** Units of the account's currency, so 99.30 where Bolna says 9930 cents. */
  amount: number;
  /** Bolna's own number, as it came. */
  told: number;
  /** What that number is taken for. */
  unit: WalletUnit;
}

/** @param told the `wallet` of `GET /user/me` @returns undefined where Bolna does not say */
export function walletOf(told: number | null | undefined, unit: WalletUnit = DEFAULT_WALLET_UNIT): Wallet | undefined {
  if (typeof told !== 'number') return undefined;
  return { amount: unit === 'cents' ? told / 100 : told, told, unit };
}

/** @returns for example "Bolna says 9930, taken as cents" */
export function toldWallet({ told, unit }: Wallet): string {
  return `Bolna says ${told}, taken as ${unit}`;
}
