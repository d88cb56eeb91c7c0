/** What is said of everything that was written: the room that it takes up, its backups. */
export const storage = {
  storage: {
    title: "Storage",
    used: (size: string) => `${size} used on this device`,
    usedOf: (size: string, quota: string) => `${size} of ${quota} used on this device`,
    counts: (messages: number, chats: number) =>
      `${messages} ${messages === 1 ? "message" : "messages"} in ${chats} ${
        chats === 1 ? "chat" : "chats"
      }`,
    empty: "No messages yet.",
    unknown: "The browser does not say how much is used.",
    persistent: "This browser keeps your messages until you remove them.",
    fleeting: "This browser may remove your messages when the disk is full.",
    persist: "Ask to keep them",
    persisted: "Your messages are kept from now on.",
    refused: "The browser did not agree. It may later, when you use kez-chat more often.",
    largest: "Largest chats",
    messages: (count: number) => count === 1 ? "1 message" : `${count} messages`,
    cleanUp: "Delete old messages",
    cleanUpAbout:
      "Make room on this device. Other devices and the people you write with keep theirs.",
    ages: {
      year: "Older than a year",
      halfYear: "Older than six months",
      month: "Older than a month",
    },
    age: "Which messages",
    none: "There are no messages as old as that.",
    confirm: (count: number, date: string) =>
      `${
        count === 1 ? "1 message" : `${count} messages`
      } from before ${date} will be removed from this device, in all chats. This cannot be undone.`,
    delete: (count: number) => count === 1 ? "Delete 1 message" : `Delete ${count} messages`,
    deleted: (count: number) => count === 1 ? "1 message deleted." : `${count} messages deleted.`,
    working: "Counting",
    deleting: "Deleting",
  },

  backup: {
    export: "Export backup",
    exportAbout:
      "All chats and messages in one file, with the photos and files that are on this device, sealed with a passphrase of its own.",
    exportAsk:
      "Choose a passphrase for this file. Without it nobody can open the file, and nobody can reset it.",
    exportNow: "Export",
    import: "Import backup",
    importAbout: "Brings back what a file holds. What is here already stays as it is.",
    importAsk: "Enter the passphrase that was chosen for this file.",
    importNow: "Import",
    choose: "Choose file",
    file: "File",
    preparing: "Preparing the file",
    opening: "Opening the file",
    exporting: (done: number, total: number) => `${done} of ${total} messages written`,
    importing: (done: number, total: number) => `${done} of ${total} messages read`,
    exported: "The backup is in your downloads.",
    nothingNew: "Everything in this file was here already.",
    imported: (messages: number, chats: number) =>
      `${messages === 1 ? "1 message" : `${messages} messages`}${
        chats === 0 ? "" : ` and ${chats === 1 ? "1 chat" : `${chats} chats`}`
      } came back.`,
    done: "Done",
  },
};
