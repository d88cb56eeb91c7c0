function wait(seconds: number): string {
  if (seconds === 1) return "a second";
  return seconds < 90 ? `${seconds} seconds` : `${Math.ceil(seconds / 60)} minutes`;
}

/** What is said when something is missing or failed. */
export const failures = {
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
    rateLimitedFor: (seconds: number) => `Too many tries. Try again in ${wait(seconds)}.`,
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
    wrongPassphraseWait: (seconds: number) =>
      `This is not the passphrase. You can try again in ${wait(seconds)}.`,
    wrong_biometrics:
      "This does not open the account here. Enter the passphrase, then set up biometrics anew.",
    biometrics_cancelled: "Nothing was confirmed. Try again, or use the passphrase.",
    biometrics_known: "This one is set up already.",
    biometrics_keyless:
      "This sensor or key can tell that it is you, but it cannot keep a secret that opens your messages. Try another one.",
    bad_phrase: "This is not a recovery phrase. Check each word against your note.",
    key_changed: "This is not the account that you knew. Nothing was sent.",
    invite_mismatch:
      "This name belongs to somebody else than whoever invited you. Nothing was sent. Ask them for a new invitation.",
    invalid_invite:
      "This invite code does not work here. Check it; it may also be used up. Then ask for a new one.",
    message_too_long: "This message is too long. Send it in two parts.",
    file_too_large: "This file is too large. Choose a smaller one.",
    fileTooLarge: (size: string) => `A file can have ${size} at most. Choose a smaller one.`,
    file_unreadable: "This could not be read. Choose it again; a folder has to be packed first.",
    file_gone: "This file is not kept any more. Ask for it again.",
    file_damaged: "What came is not the file that was sent. It is not shown.",
    upload_refused: "The server does not take this file.",
    quota_exceeded:
      "Your space on the server is full. Delete photos or files for everyone to make room, then try again.",
    server_full: "The server has no room left. Tell its host, and try again later.",
    uploadRefused: (reason: string) => `The server does not take this file: ${reason}`,
    microphone_denied:
      "The microphone is not allowed here. Allow it in the browser's settings for this page, then try again.",
    microphone_missing: "No microphone was found. Connect one, then try again.",
    recording_failed: "The recording did not work. Try again.",
    invalid_relay: "This is not an address like wss://example.org.",
    too_many_relays: "Twelve are the most. Remove one first.",
    storage_failed: "This device could not store it. Free some space, then try again.",
    not_a_backup: "This file is not a backup of kez-chat. Choose another one.",
    backup_passphrase:
      "This passphrase does not open the file. Use the one that was chosen for it when it was made.",
    backup_damaged: "This file is damaged. Nothing was taken from it. Try another copy of it.",
    backup_newer:
      "This file was made by a newer version of kez-chat. Reload to renew this one, then try again.",
    backup_other_account:
      "This file belongs to another account. Nothing was taken from it. Open that account to use it.",
    chain_forked:
      "Your server shows another list of claims than this device has published. Nothing was changed. Ask its host what happened.",
    chain_broken:
      "Your server shows a list of claims that is damaged. Nothing was changed. Ask its host what happened.",
    chain_newer:
      "Your claims were changed by a newer version of kez-chat. Renew this one, then try again.",
    chain_full: "Your list of claims is full. It cannot be changed any more.",
    chain_stranger:
      "Your claims are kept on a server that does not know you. Nothing was published. Ask your host to register you there.",
    unexpected: "Something went wrong on this page. Reload it, then try again.",
  },
};
