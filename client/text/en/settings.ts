/** What is said in Settings. */
export const settings = {
  settings: {
    title: "Settings",
    sections: "Sections",
    you: "You",
    youAbout: "This is how people find you.",
    pages: {
      identity: { label: "Identity", about: "Your name to share, and what you have stated." },
      claims: { label: "Claims", about: "Accounts elsewhere that you prove to be yours." },
      dashboard: { label: "Dashboard", about: "Your account at a glance." },
    },
    phrase: "Recovery phrase",
    phraseSaved: "You have written it down.",
    phraseUnsaved: "Not saved yet. Without it a lost device is a lost account.",
    reveal: "Reveal recovery phrase",
    appearance: "Appearance",
    theme: "Theme",
    themes: { system: "System", light: "Light", dark: "Dark" },
    privacy: {
      title: "Privacy",
      readReceipts: {
        label: "Read receipts",
        about: "People you write with see when you have read their messages.",
      },
      typing: {
        label: "Typing",
        about: "You and people you write with see when the other is typing.",
      },
    },
    device: "This device",
    lock: "Lock now",
    lockAbout: "Your messages stay here, sealed. The passphrase opens them.",
    signOut: "Sign out of this device",
    signOutAbout: "Your account and its messages are removed from this device.",
    signOutTitle: "Sign out of this device?",
    signOutSaved:
      "Your recovery phrase brings the account back, here or elsewhere. Messages that only this device holds are gone.",
    signOutUnsaved:
      "You have not saved your recovery phrase. If you sign out now, this account is lost for good.",
    signedOut: "You are signed out of this device.",
    signOutNow: "Sign out",
    signOutLose: "Sign out and lose the account",
    working: "Removing",
    deleteAbout: "Your account ends for good, here and on your server.",
    delete: "Delete account",
    deleteTitle: "Delete this account?",
    deleteWhat: (fqhn: string) =>
      `${fqhn} ends. Nobody finds you there any more, and within an hour the server removes your waiting messages, files and profile. What others have received stays with them.`,
    deleteBack:
      "Nobody else can ever have this handle. With your recovery phrase you could take it again, without what is removed.",
    deleteType: (handle: string) => `Type ${handle} to go on`,
    deleteTypeWrong: "This is not your handle.",
    deleteNow: "Delete account",
    deleting: "Deleting your account",
    deleted: (fqhn: string) => `${fqhn} is deleted.`,
  },
};
