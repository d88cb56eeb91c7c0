/** What is said of the search in everything that was written. */
export const search = {
  search: {
    messages: "Messages",
    within: (name: string) => `In ${name}`,
    everywhere: "Search in all chats",
    open: "Search",
    more: "Show more",
    building: "Looking through older messages",
    full: "Your history is very long. Only a part of it was searched.",
    noMessages: "No message with these words.",
    count: (count: number) => count === 1 ? "1 message" : `${count} messages`,
    gone: "This message is not here any more.",
  },
};
