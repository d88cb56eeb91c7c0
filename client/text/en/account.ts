/** What is said of an account: at the door, when it is made, restored, locked and lost. */
export const account = {
  welcome: {
    sentence: "Private messages between people, on a server you choose.",
    registration: {
      open: { name: "Open", meaning: "Anyone may create an account here." },
      invite: {
        name: "Invite only",
        meaning: "To join, you need an invite code of the host. It is asked for next.",
      },
      closed: {
        name: "Closed",
        meaning: "New accounts are not given out here. You can restore one that you have.",
      },
    },
    create: "Create account",
    restore: "Restore account",
    terms: "Terms",
    contact: "Contact the host",
    promise:
      "kez-chat is a private messenger. It asks for no phone number and no e-mail address, and seals what you write on this device.",
  },

  demo: {
    title: "What the server sees",
    intro: "This runs on your device alone. Nothing is sent.",
    you: "You write",
    server: "The server sees",
    them: "They read",
    sample: "See you at the harbour at six?",
    bytes: (count: number) => `${count} bytes, the same for every short message`,
  },

  handle: {
    label: "Handle",
    question: "What should people call you?",
    rule: "3 to 32 letters a–z, digits, - or _, no spaces.",
    checking: "Looking whether it is free",
    free: (handle: string) => `${handle} is free.`,
    taken: (handle: string) => `${handle} is taken. Try another one.`,
    reserved: (handle: string) => `${handle} is kept for the server itself. Try another one.`,
    invalid: "Only letters a–z, digits, - and _, no spaces.",
    badStart: "Begin with a letter or a digit.",
    tooShort: "A handle has at least 3 characters.",
    unknown: "The server could not be asked. You can go on; it is checked at the end.",
    shownAs: "People find you as",
    cannotChange: "Others find you by this name. It cannot be changed later.",
  },

  passphrase: {
    label: "Passphrase",
    repeat: "Repeat passphrase",
    question: "Choose a passphrase",
    about:
      "It locks this account on this device. The server never sees it, and nobody can reset it.",
    show: "Show",
    hide: "Hide",
    toggle: (word: string, label: string) => `${word}: ${label}`,
    strength: {
      too_short:
        "At least 8 characters. The more words in a row, the safer, and still easy to keep in mind.",
      weak: "Weak: easy to guess. Add another word or two.",
      fair: "Fair: people do not guess it. One or two words more, and machines do not either.",
      strong: "Strong: even machines do not guess it.",
    },
    differ: "The two are not the same. Type them again.",
    working: "Locking your account to this passphrase. This takes a few seconds.",
  },

  create: {
    submit: "Create account",
    working: "Creating your account",
    closed: "This server gives out no new accounts. Ask its host, or use another server.",
  },

  restore: {
    question: "Enter your recovery phrase",
    label: "Recovery phrase",
    about: "The twelve words that you wrote down, in their order.",
    looking: "Looking for your account",
    ownTitle: "Your account was found",
    found: (fqhn: string) => `This phrase belongs to ${fqhn}.`,
    notFound:
      "No account here has this phrase. If you have one, go back and look at the words and their order. For a new one, choose a handle.",
    belongs: (handle: string) => `This phrase belongs to ${handle}. Keep that handle to go on.`,
    passphraseQuestion: "Choose a passphrase for this device",
    submit: "Restore account",
    working: "Restoring your account",
  },

  locked: {
    title: (handle: string) => `Hello, ${handle}`,
    about: "Your messages are locked on this device. Enter the passphrase to open them.",
    aboutBoth:
      "Your messages are locked on this device. Confirm that it is you, or enter the passphrase.",
    unlock: "Unlock",
    again: "You can try again now.",
    working: "Unlocking",
    forgot: "Forgot passphrase",
    forgotAbout:
      "Nobody can reset a passphrase, not even the host. There are two ways to go on from here.",
    byPhrase: "Restore by recovery phrase",
    byPhraseAbout:
      "You keep your account and the messages on this device, and choose a new passphrase.",
    erase: "Erase this device",
    eraseAbout: "Your account and its messages are removed from this device.",
    eraseConfirm:
      "Without the recovery phrase you cannot get this account back. Erasing cannot be undone.",
    eraseNow: "Erase now",
  },

  elsewhere: {
    title: "kez-chat is open in another tab",
    about: "That tab runs another version of the app. Reload it, or go on here.",
    use: "Use here",
  },

  erased: {
    title: "This browser erased your data",
    about:
      "There was an account on this device. The browser has removed what kez-chat kept, as some do after a time without a visit, or when the disk is full.",
    cure:
      "Your account is not gone. With its recovery phrase you can restore it; messages that wait for you on the server will arrive.",
    restore: "Restore account",
    dismiss: "Start anew",
  },

  phrase: {
    cardTitle: "Save recovery phrase",
    cardAbout: "Twelve words are the only way back to your account. Have pen and paper at hand.",
    show: "Show recovery phrase",
    later: "Later",
    title: "Recovery phrase",
    ask: "Enter your passphrase. Make sure that nobody looks over your shoulder.",
    reveal: "Reveal",
    working: "Opening",
    write: "Write these words on paper, in this order. Whoever has them has your account.",
    hides: "They hide again after a minute, or when you leave this window.",
    hidden: "The words are hidden again.",
    written: "I have written it down",
    confirmTitle: "Check what you wrote",
    confirmAbout: "Type three of the words from your note.",
    word: (position: number) => `Word ${position}`,
    wrongWord: (position: number) => `Word ${position} is not this one. Look at your note again.`,
    confirm: "Confirm",
    saved: "Recovery phrase saved.",
    done: "Done",
  },
};
