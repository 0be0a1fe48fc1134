import { storageAt } from '../../storage/open-storage';
import type { CampaignStorage } from '../../storage/storage';

/** The storage of campaigns' files, as far as it is named. Opened when it is needed: the SDK of an object storage takes long to load. */
export class NamedStorage {
  #opened: CampaignStorage | undefined;

  /** @param named the storage, or its address; undefined where nobody has said where it is */
  constructor(private readonly named: CampaignStorage | string | undefined) {}

  /**
   * @returns undefined if no storage was named
   * @throws StorageUnusableError if the address cannot be that of a storage
   */
  open(): CampaignStorage | undefined {
    this.#opened ??= typeof this.named === 'string' ? storageAt(this.named) : this.named;
    return this.#opened;
  }
}
