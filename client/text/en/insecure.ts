/** What is said where the browser lets no page seal anything. */
export const insecure = {
  title: "This address is not secure",
  about:
    "Browsers let a page seal messages only over https, or on the machine itself. This page came over plain http, so kez-chat cannot run here.",
  forPeople: "If you were sent this link, ask the host for an address that begins with https.",
  forHost: "If this is your server, there are three cures:",
  cures: [
    {
      title: "Put a proxy with a certificate before it",
      about: "Caddy gets one by itself. The README shows the few lines under 'Host it'.",
    },
    {
      title: "Open it on the server itself",
      about: "There http://localhost works without a certificate.",
    },
    {
      title: "Forward the port over SSH",
      about: "Then open http://localhost:6969 on your own machine.",
    },
  ],
  command: "ssh -L 6969:localhost:6969 -L 6970:localhost:6970 your-server",
};
