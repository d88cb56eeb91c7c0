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
    biometrics: {
      title: "Biometrics",
      about: "Open your messages by fingerprint, face or a security key, beside the passphrase.",
      setUp: "Set up biometrics",
      missing: {
        browser:
          "This browser cannot open messages by fingerprint or face: it keeps no secret with them. A current Chrome, Edge, Firefox or Safari can.",
        address:
          "Biometrics need a server with a name. This address is a bare number; open kez-chat by its name.",
      },
      kinds: { device: "This device", phone: "A phone nearby", key: "Security key" },
      addedAt: (day: string) => `Set up on ${day}`,
      added: "Biometrics are set up.",
      remove: "Remove",
      removeThis: (kind: string) => `Remove ${kind}`,
      removeTitle: "Remove these biometrics?",
      removeAbout: "They open your messages here no longer. The passphrase still does.",
      removed: "Removed.",
      atStart: "Ask for biometrics at start",
      atStartAbout:
        "Every start asks, so that a stolen disk opens nothing. Without it this device opens by itself for 30 days after its last use.",
      unlock: "Unlock with biometrics",
      asking: "Waiting for you to confirm",
    },
    auto: {
      label: "Lock by itself",
      about: "After a time without use. The passphrase opens your messages again.",
      aboutBoth: "After a time without use. Biometrics or the passphrase open your messages again.",
      never: "Never",
      after: (span: string) => `After ${span}`,
    },
    changed: "Passphrase changed.",
    phraseHidden:
      "You set a new passphrase without the old one. Your recovery phrase still asks for the old one.",
  },
};
