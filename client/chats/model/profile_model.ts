/** How the owner shows itself. */
export interface OwnProfileView {
  /** Null where the handle is the name. */
  displayName: string | null;
  /** Names the own picture, see {@link ProfileModel.picture}; null for none that is here. */
  picture: string | null;
  /** Everybody sees the picture, or would see the next one; otherwise contacts alone. */
  isPublic: boolean;
}

/** Before anything is known of it. */
export const NO_OWN_PROFILE: OwnProfileView = {
  displayName: null,
  picture: null,
  isPublic: false,
};

/** What of chats is about names and pictures. */
export interface ProfileModel {
  readonly profile: OwnProfileView;
  /** An empty name, or the handle, takes the name away. @throws UserError `storage_failed` */
  setDisplayName(name: string): Promise<void>;
  /**
   * Shows another own picture, in place of the one before.
   *
   * @param face PNG, square
   * @throws UserError `no_network`, `upload_refused`, `storage_failed`
   */
  setPicture(face: Blob): Promise<void>;
  /** @throws UserError `storage_failed` */
  removePicture(): Promise<void>;
  /** Everybody sees the own picture, or contacts alone. @throws UserError as {@link setPicture} */
  setPicturePublic(isPublic: boolean): Promise<void>;
  /** What strangers see of the own picture; null where there is none. @throws UserError `storage_failed` */
  pictureForStrangers(): Promise<Blob | null>;
  /** The picture of somebody as it is kept on this device; null for none. @throws UserError `storage_failed` */
  picture(primary: string): Promise<Blob | null>;
}
