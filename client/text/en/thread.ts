/** What is said inside a conversation. */
export const thread = {
  thread: {
    log: (name: string) => `Messages with ${name}`,
    message: "Message",
    send: "Send",
    back: "Back to chats",
    onlyYou: "Only you can read this.",
    onlyYouAbout: "Keep here what you want to find again, on every device of yours.",
    onlyTwo: (name: string) => `Only you and ${name} can read this.`,
    older: "Loading older messages",
    newer: "Loading newer messages",
    unread: "New messages",
    latest: "Jump to latest",
    latestCount: (count: number) =>
      count === 1 ? "Jump to latest, 1 new message" : `Jump to latest, ${count} new messages`,
    waitingAccept: (name: string) => `Waiting for ${name} to accept.`,
    willArrive: (name: string) => `Will arrive when ${name} opens kez-chat.`,
    notSent: "Not sent",
    notSentReason: (reason: string) => `Not sent: ${reason}`,
    refused: (name: string) =>
      `Not sent: the server takes nothing for ${name}. They may have left it.`,
    refusedForNow: (name: string) =>
      `Not sent yet: the server takes no more for ${name} at present. Try again later.`,
    retry: "Retry",
    via: (name: string) => `via ${name}`,
    unsupported: "This kind of message cannot be shown here yet.",
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
};
