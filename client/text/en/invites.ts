/** What is said of invitations: those of people to chats, and those of a server, which let somebody in. */
export const invites = {
  title: "Invite someone",
  about:
    "Whoever opens this link can write to you at once. It works for 30 days, for up to 10 people.",
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
    `Anyone without an account also needs an invite code: the host of ${server} makes them.`,
  noAccounts: (server: string) =>
    `${server} gives out no new accounts. Who has one, here or elsewhere, can use this link.`,

  invited: "You are invited",
  invitedAbout: (server: string) =>
    `kez-chat is a private messenger. Create your account on ${server}: the invite code is filled in.`,
  openAnyway: (server: string) => `${server} is open to everybody. Create an account there.`,
  forOthers: "You have an account already",
  forOthersAbout:
    "This link lets somebody in who has none yet. It was not used: pass it on to somebody you trust.",
  toChats: "To the chats",

  invites: (handle: string) => `${handle} invites you`,
  join: (handle: string, server: string) =>
    `${handle} writes with kez-chat, a private messenger. Create an account on ${server}, and you can write to each other at once.`,
  accept: (handle: string) => `Write to ${handle}, and you reach each other at once.`,
  create: "Create account",
  needsCode: (handle: string, server: string) =>
    `You also need an invite code of ${server}: ask ${handle} for one.`,
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
  codeAbout:
    "This server lets people in by invitation. Paste the code that you were given, or its link.",
  codeKnown: "From your invitation.",
  codeMissing: "Enter the invite code that you were given.",
  codeOfPerson: (handle: string) =>
    `That is an invitation to chat with ${handle}. This server wants a code of its own as well: ask ${handle}, or the host.`,
};
