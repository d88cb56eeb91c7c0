/** What is said of invitations: those of people to chats, and those of a server, which let somebody in. */
export const invites = {
  title: "Invite someone",
  about: "Whoever opens this link can write to you at once. It holds for 30 days and 10 people.",
  qr: "The link as a code to scan",
  link: "Link",
  copyLink: "Copy link",
  share: "Share",
  shareText: (handle: string) => `${handle} invites you to kez-chat.`,
  sharedText: "Copied, with a sentence. Paste it where they read it.",
  word: "Or as a code to paste under New chat",
  copyCode: "Copy code",
  renew: "Make a new link",
  renewAbout: "A new link ends this one.",
  renewed: "Here is a new link. The old one no longer works.",
  preparing: "Preparing the link",
  alsoCode: (server: string) =>
    `Who has no account yet also needs a code of the host to get one on ${server}.`,
  noAccounts: (server: string) =>
    `${server} gives out no new accounts. Who has one, here or elsewhere, can use this link.`,

  invited: "You are invited",
  invitedAbout: (server: string) => `Create an account on ${server}. Your code is filled in.`,
  openAnyway: (server: string) => `${server} is open to everybody. Create an account there.`,
  forOthers: "You have an account already",
  forOthersAbout:
    "This link lets somebody in who has none yet. It was not used: pass it on to somebody you trust.",
  toChats: "To the chats",

  invites: (handle: string) => `${handle} invites you`,
  join: (handle: string, server: string) =>
    `Create an account on ${server}, and you can write to ${handle} at once.`,
  accept: (handle: string) => `Write to ${handle}, and you reach each other at once.`,
  create: "Create account",
  needsCode: (server: string) =>
    `${server} lets people in by invitation: you also need a code of its host.`,
  elsewhere: "Do you use kez-chat elsewhere?",
  elsewhereAbout: "Copy this code, and paste it there under New chat.",
  looking: "Looking up who invites you",
  asking: "Asking the server",
  cutOff: "This invitation is not whole",
  cutOffAbout: "The link may be cut off. Ask for it again.",
  mismatch: "This invitation does not fit",
  mismatchAbout: (handle: string) =>
    `${handle} is another account than the one that made this link. Do not trust it. Ask whoever invited you in another way.`,
  gone: (handle: string) => `There is no ${handle} here`,
  goneAbout: "The account may have been deleted. Ask for a new invitation.",
  code: "Invite code",
  codeAbout: "This server lets people in by invitation. Paste its code, or the whole link.",
  codeMissing: "Enter the invite code that you were given.",
  codeOfPerson: (handle: string) =>
    `That is an invitation to chat with ${handle}. This server wants a code of its own as well: ask ${handle}, or the host.`,
};
