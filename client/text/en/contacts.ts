/** What is said of the people one knows: their details, the safety number, codes and invitations. */
export const contacts = {
  face: {
    open: (name: string) => `Show the picture of ${name}`,
    title: (name: string) => `Picture of ${name}`,
  },
  contact: {
    open: "Contact details",
    title: "Contact details",
    back: "Back to the chat",
    message: "Message",
    verified: "Verified",
    nobody: "No one here by that name.",
    chainWarning: (name: string) => `The public list of ${name}'s accounts is not what it was.`,
    chainDetails: "See what is wrong",
    rename: "Rename",
    name: "Your name for them",
    nameAbout: "Only you see it.",
    save: "Save",
    renamed: (name: string) => `Now shown as ${name}.`,
    more: "More",
    block: "Block",
    blockTitle: (name: string) => `Block ${name}?`,
    blockAbout: "Their messages no longer reach you, and they are not told. You can unblock them.",
    blockNow: (name: string) => `Block ${name}`,
    unblock: "Unblock",
    unblockName: (name: string) => `Unblock ${name}`,
    unblocked: (name: string) => `You unblocked ${name}.`,
    delete: "Delete chat",
    deleteTitle: (name: string) => `Delete the chat with ${name}?`,
    deleteAbout: "All its messages are removed from this device. They stay with the other person.",
    deleteNow: "Delete all messages",
    deleted: "The chat was deleted.",
    blockedPeople: "Blocked people",
    nobodyBlocked: "Nobody is blocked.",
  },

  safety: {
    title: "Safety number",
    about: (name: string) =>
      `The same 60 digits stand on ${name}'s screen. If they differ, somebody sits between you.`,
    yourCode: "Your code",
    copyCode: "Copy your code",
    yourCodeAbout: (name: string) => `${name} can scan it on your screen.`,
    scan: "Scan their code",
    mark: "Mark as verified",
    unmark: "Take back",
    isVerified: (name: string) => `You have compared this with ${name}.`,
    marked: (name: string) => `${name} is marked as verified.`,
    unmarked: (name: string) => `${name} is no longer marked as verified.`,
    scanTitle: (name: string) => `Scan ${name}'s code`,
    scanAbout: (name: string) =>
      `On their device: the chat with you, Contact details, Safety number. Hold the camera over ${name}'s code.`,
    matches: (name: string) => `It matches. This is ${name}.`,
    differs: (name: string) =>
      `It does not match. This is not the code of the ${name} you write to. Do not send anything that matters until you know why.`,
    noCode: "This is not a code of a person on kez-chat.",
  },

  keyChange: {
    title: (name: string) => `${name} is another account now`,
    about: (name: string) =>
      `The name leads to another account than before. ${name} may have begun anew after a loss. Somebody else may also have taken the name. Ask ${name} in another way, and compare the safety number.`,
    before: "Who you knew",
    now: "Who has the name now",
    check: "Check who it is",
    accept: "Accept the new account",
    acceptAbout:
      "The chat goes on with it, and your messages stay. What was not sent waits for you to retry.",
    keep: "Keep sending stopped",
    accepted: (name: string) => `You accepted the new account of ${name}.`,
    divider: (name: string) => `${name} is another account from here on`,
  },

  scan: {
    asking: "Allow the camera to scan a code.",
    starting: "Starting the camera",
    looking: "Hold the camera over the code.",
    denied:
      "The camera is not allowed here. Allow it in the browser's settings, or paste the code below.",
    none: "No camera was found. Paste the code below.",
    broken:
      "The camera does not start. Another app may use it. Paste the code below, or try again.",
    again: "Try again",
    view: "What the camera sees",
    paste: "Code or link",
    use: "Use code",
    other: "This is not a code of kez-chat.",
  },

  invite: {
    scan: "Scan QR code",
    scanAbout: "A person's code, an invitation, or the code on a profile.",
    someone: "Invite someone",
    short: "Invite",
    unknown: "No one here by that name. Check the spelling, or invite them.",
  },
};
