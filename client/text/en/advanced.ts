/** What is said in Settings under Advanced: here alone people read of relays. */
export const advanced = {
  advanced: {
    title: "Advanced",
    relays: "Relays",
    relaysAbout:
      "Relays keep your sealed messages until you fetch them, and tell others where to reach you. With several of them, messages arrive while one is away.",
    home: "Your server",
    address: "Relay address",
    add: "Add relay",
    added: (name: string) => `${name} was added.`,
    remove: "Remove",
    removeName: (name: string) => `Remove ${name}`,
    removed: (name: string) => `${name} was removed.`,
    retryName: (name: string) => `Try again: ${name}`,
    again: "Try again",
    reset: "Back to the defaults",
    wasReset: "The relays are those that your server recommends.",
    noTaker: "No relay takes your messages. Nothing arrives until one does.",
    oneTaker: "Only one relay takes your messages. While it is away, nothing arrives.",
    refuses: (words: string) => `Takes no messages of people it does not know: ${words}`,
    state: {
      connected: "Connected",
      connecting: "Connecting",
      waiting: "Does not answer",
      refused: "Refuses this account",
    },
    ownKey: "Write with your own key where needed",
    ownKeyAbout:
      "Some relays take messages only from people they know. Those alone then see that it is you who writes, when, and to which mailbox. Never what.",
    via: "Show the relay",
    viaAbout: "Under your newest message: the relay that took it first.",
  },
};
