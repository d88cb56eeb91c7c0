/** What is said of the ways to open the account on this device. */
export const locks = {
  locks: {
    title: "Unlocking",
    passphraseAbout: "It opens your messages on this device.",
    current: "Current passphrase",
    next: "New passphrase",
    change: {
      title: "Change passphrase",
      about: "From then on the new one opens your messages and shows your recovery phrase.",
    },
    setNew: {
      title: "Set new passphrase",
      about:
        "The new one opens your messages. Your recovery phrase stays hidden on this device: only the forgotten passphrase shows it.",
    },
    changed: "Passphrase changed.",
    phraseHidden:
      "You set a new passphrase without the old one. Your recovery phrase still asks for the old one.",
  },
};
