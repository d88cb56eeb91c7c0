/** What is said of the app itself: how it is installed and renewed. */
export const app = {
  version: {
    title: "New version",
    reload: "Reload",
  },

  homeScreen: {
    title: "Put kez-chat on your Home Screen",
    about:
      "There it has a place of its own. A tab in the browser is emptied after seven days without a visit.",
    add: "Add to Home Screen",
    stay: "Continue in browser",
    stayAbout: "In a tab, save your recovery phrase. It brings the account back.",
    invite: "Your invitation does not come along by itself. Copy its code, and paste it there.",
    share: "Tap Share at the edge of the screen.",
    choose: "Choose Add to Home Screen, then Add.",
    open: "Open kez-chat from there.",
  },
};
