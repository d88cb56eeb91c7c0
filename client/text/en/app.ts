/** What is said of the app itself: how it is installed and renewed. */
export const app = {
  version: {
    title: "New version",
    reload: "Reload",
  },
};
