/** What is said of making sure who it is: the safety number, and codes that a camera reads. */
export const safety = {
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
};
