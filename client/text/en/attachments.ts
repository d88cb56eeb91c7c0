/** What a thread says of files before any of it is looked at or sent; the rest is in `files.ts`. */
export const attachments = {
  attachment: {
    attach: "Attach",
    file: "File",
    dropHere: "Drop files here to send them.",
    picture: "Photo",
    voice: "Voice message",
    canceled: "Upload cancelled.",
    notSent: "Not sent yet. It leaves once the server answers.",
  },
  voice: {
    record: "Record voice message",
  },
};
