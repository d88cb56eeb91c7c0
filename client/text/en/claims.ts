/** Every account that a claim can name, as people call it. */
const names = {
  dns: "Domain",
  web: "Website",
  github: "GitHub",
  mastodon: "Mastodon",
  bluesky: "Bluesky",
  hackernews: "Hacker News",
  kez: "kez-chat",
} as const;

/** What is said of claims and of the identity behind them; loaded with the pages that say it. */
export const claims = {
  title: "Claims",
  about:
    "Accounts elsewhere that you say are yours. Each is proven by a text that you publish there, and anyone can check it.",
  none: "No claims yet. Add an account that people know you by.",
  noneOf: (name: string) => `${name} claims no other accounts.`,
  loading: "Reading the list",
  add: "Add claim",
  again: "Check again",
  checking: "Checking",
  checkedAll: "All claims were checked.",
  notRead: "The claims could not be read.",
  revoke: "Revoke",
  revokeTitle: (account: string) => `Take back ${account}?`,
  revokeAbout:
    "People no longer see it as yours. That it was there stays in your public list, with the time.",
  revokeNow: "Revoke",
  revoked: (account: string) => `${account} was taken back.`,
  checkAll: "Check all",
  readAt: (when: string) => `The list was read ${when}.`,

  /** After the service and the account, as a claim is named. */
  outcome: {
    verified: "verified",
    verified_via_server: "verified via server",
    unreachable: "unreachable",
    failed: "failed",
    unchecked: "not checked yet",
    invalid: "invalid",
  },
  /** The same as the verdict of a line. */
  verdict: {
    verified: "Verified",
    verified_via_server: "Verified via server",
    unreachable: "Unreachable",
    failed: "Failed",
    unchecked: "Not checked yet",
    invalid: "Invalid",
  },
  verdictAbout: {
    verified: "This device has seen the proof.",
    verified_via_server: "Your server has seen the proof.",
  },
  reason: {
    token_missing: "The account answered, and the text is not there.",
    nobody: "There is no such account, or the proof is gone.",
    timeout: "It did not answer in time.",
    name_not_found: "It was not found. It may be away, or the name is wrong.",
    forbidden_address: "It leads into a private network, where nobody looks.",
    connection: "There was no connection to it.",
    http_status: "It answered with an error.",
    rate_limited: "It was asked too often. It is tried again later.",
    redirect: "It leads to another place, where nobody looks.",
    too_large: "Its answer is too large.",
    bad_answer: "Its answer was not understood.",
    needs_account: "Only people with an account here can have this checked.",
    unknown_service: "A newer version of kez-chat knows this kind of account.",
    no_network: "Your server or your network was away. It is tried again later.",
  },
  at: (day: string, time: string) => `${day} at ${time}`,
  checkedAt: (when: string) => `Checked ${when}`,

  /** In a contact's details, and on a profile. */
  also: {
    dns: (subject: string) => `Also holds the domain ${subject}`,
    web: (subject: string) => `Also runs ${subject}`,
    account: (subject: string, service: string) => `Also ${subject} on ${service}`,
  },
  says: {
    dns: (subject: string) => `Claims to hold the domain ${subject}`,
    web: (subject: string) => `Claims to run ${subject}`,
    account: (subject: string, service: string) => `Claims to be ${subject} on ${service}`,
  },

  warning: {
    rollback: {
      title: "Part of this list is missing",
      about: (name: string) =>
        `The server shows fewer entries than before, or than ${name} tells of. It may have been restored, or it hides something. What stands here may be out of date.`,
    },
    fork: {
      title: "There are two different lists",
      about: (name: string) =>
        `The server shows another list than before, or than ${name} tells of. Do not rely on it. Ask ${name} in another way, and compare the safety number.`,
    },
    newer: {
      title: "Made by a newer version",
      about: "This list holds entries that this version does not know. Reload to renew it.",
    },
    invalid: {
      title: "This list does not hold",
      about: (reason: string) =>
        `Its entries contradict each other. None of its claims counts. ${reason}`,
    },
  },
  invalidReason: {
    malformed: "An entry is damaged.",
    unsupported_document: "An entry is of another kind.",
    key_mismatch: "An entry belongs to somebody else.",
    bad_signature: "An entry has a wrong signature.",
    no_genesis: "Its beginning is missing.",
    misplaced_genesis: "It begins twice.",
    gap: "An entry is missing.",
    fork: "Two entries have the same place.",
    repeated: "An entry stands there twice.",
    bad_link: "An entry does not follow the one before.",
    bad_time: "An entry is dated before the one that it follows.",
    bad_body: "An entry is not whole.",
    bad_nostr_link: "A link to another identity is not signed by it.",
    claim_is_live: "A claim is made twice.",
    unknown_claim: "A claim is taken back that was never made.",
    too_long: "It is longer than any server takes.",
  },

  adding: {
    choose: "What do you want to prove?",
    chooseAbout: "Choose where people know you.",
    account: "Account",
    proofLink: "Proof link",
    text: "The text to publish",
    named: "The identity that it names",
    copyText: "Copy text",
    record: "Name of the record",
    copyRecord: "Copy name",
    address: "Where it must be",
    steps: "What to do",
    publish: "Check and publish",
    publishAnyway: "Publish anyway",
    anywayAbout:
      "If you have just put it there, try again in half a minute. If you publish anyway, people see that it is not proven.",
    looking: "Looking for the proof",
    noAccount: (example: string) => `Enter the account first. It looks like ${example}.`,
    badAccount: (example: string) => `This is not an account there. It looks like ${example}.`,
    badLink:
      "This is not the link of a gist of that account. It looks like https://gist.github.com/you/0123abcd.",
    notYet: "The proof was not seen yet",
    done: "Published",
    doneAbout: (account: string) => `${account} is in your list now, and anyone can check it.`,
    doneUnproven: (account: string) =>
      `${account} is in your list now, unproven. Publish the text there, then check again.`,
    toList: "See my claims",
    another: "Add another",
  },

  /** Each with what its accounts look like, and what to do there. `service` is told the account as typed, or an example. */
  names,
  services: {
    dns: {
      hint: "A domain whose records you can change",
      example: "example.com",
      steps: (domain: string) => [
        `Open the settings of ${domain} where you manage its records.`,
        "Add a record of type TXT. As its name enter the name below; some hosts want only _kez.",
        "As its value paste the text below, and save. It can take some minutes to be seen.",
      ],
    },
    web: {
      hint: "A website to which you can upload a file",
      example: "example.com",
      steps: (domain: string) => [
        "Make a plain text file with the name kez.txt that holds the text below.",
        `Upload it to the folder .well-known of ${domain}, so that it opens under the address below.`,
      ],
    },
    github: {
      hint: "An account for code",
      example: "octocat",
      steps: (user: string) => [
        `Open gist.github.com, signed in as ${user}.`,
        "Paste the text below into a new gist, and choose Create public gist.",
        "Copy the address of the page that opens, and paste it under Proof link.",
      ],
    },
    mastodon: {
      hint: "An account on any Mastodon server",
      example: "@ada@mastodon.social",
      steps: (account: string) => [
        `Sign in as ${account}, and open Preferences, then Profile.`,
        "Paste the text below into the bio, or into the content of an extra field.",
        "Save the changes.",
      ],
    },
    bluesky: {
      hint: "An account on Bluesky",
      example: "ada.bsky.social",
      steps: (account: string) => [
        `Open your profile in Bluesky as ${account}, and choose Edit profile.`,
        "Paste the text below into the description, and save.",
      ],
    },
    nostr: {
      name: "Nostr",
      hint: "A public key of Nostr",
      example: "npub1…",
      steps: (key: string) => [
        `Open the profile of ${key.length > 20 ? `${key.slice(0, 12)}…` : key} in a Nostr app.`,
        "Paste the text below into About, and save.",
        "The app must publish it to a relay that you also use here.",
      ],
    },
    hackernews: {
      hint: "An account on news.ycombinator.com",
      example: "pg",
      steps: (user: string) => [
        `Sign in to news.ycombinator.com as ${user}, and open your profile.`,
        "Paste the text below into about, and choose update. It can take some minutes to be seen.",
      ],
    },
    kez: {
      hint: "Your account on another kez-chat server",
      example: "ada@example.org",
      steps: (account: string) => [
        `Register ${account} there with the recovery phrase of this account.`,
        "Nothing has to be published: the other server names the same identity.",
      ],
    },
  },
};
