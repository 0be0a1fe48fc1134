import { toldWallet } from '../bolna/wallet';
import type { ActivityContext } from './context';
import { finalFailure } from './failures';
import type { WalletAsk } from './types';

/**
 * To be called before something is made that will call people.
 * @throws ApplicationFailure `WalletTooLow`, or `WalletUnknown` where Bolna does not say: an amount that was asked for must
 * not be taken on trust
 */
export async function refuseLowWallet({ bolna }: ActivityContext, { minWallet }: WalletAsk): Promise<void> {
  if (minWallet === undefined) return;
  const { wallet } = await bolna.account();
  if (!wallet) {
    const message = `Bolna does not say what is in the wallet, of which minWallet asks for ${minWallet.toFixed(2)}: nobody is called. Start the campaign without minWallet, or when Bolna says it again.`;
    throw finalFailure(message, 'WalletUnknown');
  }
  if (wallet.amount >= minWallet) return;
  const message = `The wallet has ${wallet.amount.toFixed(2)}, less than the ${minWallet.toFixed(2)} that minWallet asks for: nobody is called. Fill the wallet, or lower minWallet. (${toldWallet(wallet)}; BOLNA_WALLET_UNIT sets the unit.)`;
  throw finalFailure(message, 'WalletTooLow');
}
