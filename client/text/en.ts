/**
 * Every word of the web client in English. Simple sentences: what happened, then what to do. Sentences that hold a name or
 * a number are functions. `client/text/text.ts` chooses the language.
 */
export const en = {
  app: "kez-chat",
  opening: "Opening",
  back: "Back",
  close: "Close",
  cancel: "Cancel",
  continue: "Continue",
  or: "or",
  step: (at: number, of: number) => `Step ${at} of ${of}`,

  title: {
    chats: "Chats",
    settings: "Settings",
    create: "Create account",
    restore: "Restore account",
    locked: "Locked",
    notFound: "Nothing here",
    unread: (count: number, title: string) => `(${count}) ${title}`,
    page: (title: string) => `${title} · kez-chat`,
  },

  welcome: {
    sentence: "Private messages between people, on a server you choose.",
    open: "Open",
    openMeaning: "Anyone may create an account here.",
    closed: "Closed",
    closedMeaning: "New accounts are not given out here. You can restore one that you have.",
    unreachable: "This server does not answer. Check your connection, then try again.",
    create: "Create account",
    restore: "Restore account",
    terms: "Terms",
    contact: "Contact the host",
    promise: "No phone number, no e-mail address. What you write is sealed on this device.",
  },

  demo: {
    title: "What the server sees",
    intro: "This runs on your device alone. Nothing is sent.",
    you: "You write",
    server: "The server sees",
    them: "They read",
    label: "Words to seal",
    sample: "See you at the harbour at six?",
    bytes: (count: number) => `${count} bytes, the same for every short message`,
  },

  handle: {
    label: "Handle",
    question: "What should people call you?",
    rule: "3 to 32 letters, digits, - or _.",
    checking: "Looking whether it is free",
    free: (handle: string) => `${handle} is free.`,
    taken: (handle: string) => `${handle} is taken. Try another one.`,
    reserved: (handle: string) => `${handle} is kept for the server itself. Try another one.`,
    invalid: "A handle has 3 to 32 of a–z, 0–9, - and _, and begins with a letter or a digit.",
    tooShort: "A handle has at least 3 characters.",
    unknown: "The server could not be asked. You can go on; it is checked at the end.",
    shownAs: "People find you as",
    cannotChange: "It stays with your account.",
  },

  passphrase: {
    label: "Passphrase",
    repeat: "Repeat passphrase",
    question: "Choose a passphrase",
    about:
      "It locks this account on this device. The server never sees it, and nobody can reset it.",
    show: "Show",
    hide: "Hide",
    strength: {
      too_short: "At least 8 characters. A few words in a row are easy to keep in mind.",
      weak: "Weak: easy to guess. Add another word or two.",
      fair: "Fair: it stops a person. A longer one also stops a machine.",
      strong: "Strong: it would take a machine very long to guess.",
    },
    differ: "The two are not the same. Type them again.",
    working: "Locking your account to this passphrase. This takes a few seconds.",
  },

  create: {
    title: "Create account",
    submit: "Create account",
    working: "Creating your account",
    closed: "This server gives out no new accounts. Ask its host, or use another server.",
  },

  restore: {
    title: "Restore account",
    question: "Enter your recovery phrase",
    label: "Recovery phrase",
    about: "The twelve words that you wrote down, in their order, with spaces between.",
    looking: "Looking for your account",
    ownTitle: "Your account was found",
    found: (fqhn: string) => `This phrase belongs to ${fqhn}.`,
    notFound: "No account here has this phrase yet. Choose a handle, and it becomes yours.",
    belongs: (handle: string) => `This phrase belongs to ${handle}. Keep that handle to go on.`,
    passphraseQuestion: "Choose a passphrase for this device",
    submit: "Restore account",
    working: "Restoring your account",
  },

  locked: {
    title: (handle: string) => `Hello, ${handle}`,
    about: "Your messages are locked on this device. Enter the passphrase to open them.",
    unlock: "Unlock",
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
    about: "Only one tab at a time can use your account, so that no message is lost or doubled.",
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

  insecure: {
    title: "This address is not secure",
    about:
      "Browsers let a page seal messages only over https, or on the machine itself. This page came over plain http, so kez-chat cannot run here.",
    forPeople: "If you were sent this link, ask the host for an address that begins with https.",
    forHost: "If this is your server, there are three cures:",
    cures: [
      {
        title: "Put a proxy with a certificate before it",
        about: "Caddy gets one by itself. The README shows the few lines under “Host it”.",
      },
      {
        title: "Open it on the server itself",
        about: "There http://localhost works without a certificate.",
      },
      {
        title: "Forward the port over SSH",
        about: "Then open http://localhost:6969 on your own machine.",
      },
    ],
    command: "ssh -L 6969:localhost:6969 -L 6970:localhost:6970 your-server",
  },

  phrase: {
    cardTitle: "Save recovery phrase",
    cardAbout: "Twelve words are the only way back to your account. It takes two minutes.",
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

  chats: {
    title: "Chats",
    list: "Conversations",
    search: "Search",
    newChat: "New chat",
    settings: "Settings",
    empty: "Quiet here. Invite someone you know.",
    emptyAbout: "Tell them your handle, or start with theirs.",
    noResult: (text: string) => `Nothing with '${text}'.`,
    loading: "Opening your messages",
    choose: "Choose a conversation, or begin a new one.",
    unread: (count: number) => `${count} unread`,
    pill: (count: number) => (count > 99 ? "99+" : String(count)),
    request: "Request",
    changed: "Check",
    you: "You:",
    noteToSelf: "Note to self",
    notePreview: "Only you can read this.",
    newConversation: "No messages yet.",
    yesterday: "Yesterday",
    today: "Today",
  },

  newChat: {
    title: "New chat",
    label: "Handle",
    about: (server: string) => `A handle on ${server}, or handle@server for someone elsewhere.`,
    start: "Start chat",
    working: "Looking",
    yours: "Your own handle",
    yoursAbout: "Give it to people who should find you.",
    copy: "Copy",
    copied: "Copied.",
  },

  connection: {
    label: "Connection",
    title: "Connection",
    connected: "Connected",
    connecting: "Connecting",
    waiting: "Waiting for network",
    refused: "The server refuses this account",
    about: {
      connected: "Messages leave and arrive at once.",
      connecting: "Reaching your server.",
      waiting: "No network. Messages will leave when it returns.",
      refused: "Your server answers, yet does not take this account. Ask its host.",
    },
    relayState: {
      connected: "Connected",
      connecting: "Connecting",
      waiting: "Does not answer",
      refused: "Refuses",
    },
    home: "Your server",
    none: "No server is in use yet.",
    again: "Try again",
  },

  thread: {
    log: (name: string) => `Messages with ${name}`,
    message: "Message",
    send: "Send",
    back: "Back to chats",
    onlyYou: "Only you can read this.",
    onlyYouAbout: "Keep here what you want to find again, on every device of yours.",
    onlyTwo: (name: string) => `Only you and ${name} can read this.`,
    older: "Loading older messages",
    unread: "New messages",
    latest: "Jump to latest",
    latestCount: (count: number) =>
      count === 1 ? "Jump to latest, 1 new message" : `Jump to latest, ${count} new messages`,
    waitingAccept: (name: string) => `Waiting for ${name} to accept.`,
    willArrive: (name: string) => `Will arrive when ${name} opens kez-chat.`,
    offline: "No network. Messages will leave when it returns.",
    notSent: "Not sent",
    notSentReason: (reason: string) => `Not sent: ${reason}`,
    retry: "Retry",
    unsupported: "This kind of message cannot be shown here yet.",
    sealed: "Sealed for another device.",
    author: (name: string, time: string) => `${name}, ${time}`,
    you: "You",
    arrived: (name: string, text: string) => `${name}: ${text}`,
    missing: "No conversation by that name.",
    missingAbout: "It may have been deleted. You can begin it again.",
    startWith: (name: string) => `Start chat with ${name}`,
    status: {
      sending: "Sending",
      sent: "Sent",
      delivered: "Delivered",
      read: "Read",
      failed: "Failed",
    },
  },

  request: {
    title: (name: string) => `${name} wants to write to you.`,
    about: "They do not see whether you have read this. Accept to answer.",
    accept: "Accept",
    block: "Block",
    delete: "Delete",
    accepted: (name: string) => `You accepted ${name}.`,
    blocked: (name: string) => `You blocked ${name}.`,
    deleted: "The request was deleted.",
    isBlocked: (name: string) => `You blocked ${name}. Their messages do not reach you.`,
    keyChanged: (name: string) => `${name} is not the account that you knew.`,
    keyChangedAbout:
      "Someone else may use the name now. Sending is stopped. Ask them in another way. Once you are sure who it is, delete this chat and start again with New chat.",
    chatDeleted: "The chat was deleted.",
  },

  settings: {
    title: "Settings",
    sections: "Sections",
    you: "You",
    youAbout: "This is how people find you.",
    phrase: "Recovery phrase",
    phraseSaved: "You have written it down.",
    phraseUnsaved: "Not saved yet. Without it a lost device is a lost account.",
    reveal: "Reveal recovery phrase",
    appearance: "Appearance",
    theme: "Theme",
    themes: { system: "System", light: "Light", dark: "Dark" },
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
    signOutNow: "Sign out",
    signOutLose: "Sign out and lose the account",
    working: "Removing",
  },

  profile: {
    open: (name: string) => `Message ${name}`,
    about: (name: string, server: string) => `${name} can be reached on ${server}, by kez-chat.`,
    join: "Create an account to write to them.",
    looking: "Looking for this person",
    nobody: "No one here by that name.",
    nobodyAbout: "Check the spelling, or ask them for their handle.",
  },

  notFound: {
    title: "Nothing here",
    about: "This address leads nowhere. The link may be cut off.",
    home: "Go to the start",
  },

  failed: {
    title: "kez-chat could not start",
    reload: "Reload",
    pageTitle: "This page did not load",
    pageAbout: "There is no network, or kez-chat was renewed meanwhile. Reload to go on.",
  },

  error: {
    no_network: "No connection to the server. Check your network, then try again.",
    server_error: "The server could not do this. Try again in a moment.",
    rate_limited: "Too many tries. Wait a moment, then try again.",
    rateLimitedFor: (seconds: number) => {
      if (seconds === 1) return "Too many tries. Try again in a second.";
      return seconds < 90
        ? `Too many tries. Try again in ${seconds} seconds.`
        : `Too many tries. Try again in ${Math.ceil(seconds / 60)} minutes.`;
    },
    clock_wrong: "The clock of this device is wrong. Set it right, then try again.",
    unknown_handle: "No one here by that name. Check the spelling.",
    unknown_server: "That server does not answer. Check its name, or try later.",
    unknownServerNamed: (server: string) =>
      `${server} does not answer. Check its name, or try later.`,
    unproven_handle:
      "That server gave an answer that does not prove who this is. Nothing was sent.",
    unprovenHandleNamed: (server: string) =>
      `${server} gave an answer that does not prove who this is. Nothing was sent.`,
    invalid_handle: "This is not a handle. It looks like alice, or alice@example.org.",
    reserved_handle: "This name is kept for the server itself. Try another one.",
    handle_taken: "This handle is taken. Try another one.",
    primary_taken: "This phrase already has an account on this server. Restore it instead.",
    nostr_taken: "This phrase already belongs to another account on this server.",
    registration_closed: "This server gives out no new accounts. Ask its host, or use another one.",
    short_passphrase: "A passphrase has at least 8 characters.",
    wrong_passphrase: "This is not the passphrase. Try again.",
    bad_phrase: "This is not a recovery phrase. Check each word against your note.",
    own_handle: "This is your own handle.",
    key_changed: "This is not the account that you knew. Nothing was sent.",
    message_too_long: "This message is too long. Send it in two parts.",
    storage_failed: "This device could not store it. Free some space, then try again.",
    unexpected: "Something went wrong on this page. Reload it, then try again.",
  },
};

/** What every language has to say. */
export type Text = typeof en;
