//! The table of actions: where each holds, its keys, what it does, what the palette calls it.

use crate::tui::commands::keys::Context;

/// One action as the table has it.
#[derive(Debug)]
pub struct ActionRow {
    /// The action.
    pub action: Action,
    /// Where its keys hold.
    pub context: Context,
    /// Its keys.
    pub keys: &'static [&'static str],
    /// What it does, to be read after the key.
    pub about: &'static str,
    /// Whether it is for a phone or for what the inspector tells of one, and means nothing without.
    pub needs_phone: bool,
    /// What the palette calls it, beginning with what it is done to; empty where the palette does
    /// not offer it.
    pub title: &'static str,
    /// Other words somebody may look for it by, with blanks between them.
    pub synonyms: &'static str,
    /// What the code calls it; the name that settings know is made of it.
    code_name: &'static str,
}

impl ActionRow {
    /// What `keys.toml` calls the action: its name in lower case, with `-` between the words.
    pub fn name(&self) -> String {
        let mut name = String::new();
        for (at, c) in self.code_name.char_indices() {
            if at > 0 && c.is_ascii_uppercase() {
                name.push('-');
            }
            name.push(c.to_ascii_lowercase());
        }
        if let Action::Reply(number) = self.action {
            name = format!("{name}-{number}");
        }
        name
    }
}

impl Action {
    fn row(self) -> Option<&'static ActionRow> {
        TABLE.iter().find(|row| row.action == self)
    }

    /// Whether it means nothing where there is no phone.
    pub fn needs_phone(self) -> bool {
        self.row().is_some_and(|row| row.needs_phone)
    }

    /// Where its keys hold unless a nearer context has others.
    pub fn context(self) -> Context {
        self.row().map_or(Context::Everywhere, |row| row.context)
    }
}

/// Makes the actions and their table of one list; behind it stand the quick replies by their
/// numbers.
macro_rules! actions {
    (
        $($name:ident $context:ident $keys:tt $about:literal $($phone:ident)?
            $(=> $title:literal, $synonyms:literal)?;)+
        { $(Reply($number:literal) $reply_keys:tt $reply_about:literal;)+ }
    ) => {
        /// Something a key, the palette or a slash command can ask for.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        #[expect(missing_docs, reason = "every action is described in its row of TABLE")]
        pub enum Action {
            $($name,)+
            /// The number counts from 1.
            Reply(u8),
        }

        /// Every action there is, in the order the help shows them and the palette offers them;
        /// Enter takes the first there, so it does no harm.
        pub const TABLE: &[ActionRow] = &[
            $(ActionRow {
                action: Action::$name,
                context: Context::$context,
                keys: &$keys,
                about: $about,
                needs_phone: actions!(@needs $($phone)?),
                title: concat!($($title)?),
                synonyms: concat!($($synonyms)?),
                code_name: stringify!($name),
            },)+
            $(ActionRow {
                action: Action::Reply($number),
                context: Context::Everywhere,
                keys: &$reply_keys,
                about: $reply_about,
                needs_phone: true,
                title: "",
                synonyms: "",
                code_name: "Reply",
            },)+
        ];
    };
    (@needs) => { false };
    (@needs phone) => { true };
}

// `phone` behind a text says that the action means nothing without one; behind `=>` stands what
// the palette calls it, and what else one may look for.
actions! {
    Help Everywhere ["f1"] "show all keys and commands"
        => "Help: all keys and commands", "shortcuts manual";
    Quit Everywhere ["ctrl+q", "ctrl+c"] "leave handset"
        => "Handset: quit", "exit leave stop end";
    Palette Everywhere ["ctrl+p"] "find a command by its name";
    OtherPane Everywhere ["tab", "shift+tab"] "go to the wire, or back to the phone" phone
        => "Pane: the other one", "focus wire phone switch";
    Back Everywhere ["esc"] "close what is on top, or go back";
    NextTheme Everywhere ["f2"] "change the colours"
        => "Theme: next", "colours brand skin dark light";
    Flight Everywhere ["f3"] "flight mode: nothing goes out, messages queue" phone
        => "Phone: flight mode", "offline airplane network queue";
    Pocket Everywhere ["f4"] "phone in the pocket: accepted, not read" phone
        => "Phone: in the pocket", "unread accepted left on read";
    Retry Everywhere ["f5"] "send the failed message again, or try the tunnel"
        => "Message: send again", "retry resend failed tunnel";
    Mouse Everywhere ["f6"] "give the mouse to handset, or back to the terminal"
        => "Mouse: handset's or the terminal's", "click select marking";
    OnlyLinked Everywhere ["f7"] "show only the wire entries of the selected bubble" phone
        => "Wire: only the selected bubble", "filter entries";
    Notices Everywhere ["f8"] "show the last notices again"
        => "Notices: the last ones", "errors warnings messages toasts";
    Content Everywhere ["f9"] "show the content of the selected bubble as JSON"
        => "Bubble: show as JSON", "content source structured";
    Copy Everywhere ["alt+c"] "copy the link of the selected message, else its text; the JSON in view"
        => "Bubble: copy link or JSON", "clipboard yank";
    CopyText Everywhere ["ctrl+o"] "copy the text of the selected message" phone
        => "Bubble: copy the text", "clipboard yank message words";
    Redraw Everywhere ["ctrl+l"] "draw the screen anew"
        => "Screen: draw anew", "refresh repaint clear";
    PageUp Everywhere ["pageup"] "one page up"
        => "Go: one page up", "scroll";
    PageDown Everywhere ["pagedown"] "one page down"
        => "Go: one page down", "scroll";
    First Everywhere ["ctrl+home"] "to the first line"
        => "Go: to the first line", "top begin start scroll";
    Last Everywhere ["ctrl+end"] "to the newest line"
        => "Go: to the newest line", "bottom end scroll";
    SelectPrevious Everywhere ["ctrl+up"] "select the bubble above"
        => "Bubble: select the one above", "previous";
    SelectNext Everywhere ["ctrl+down"] "select the bubble below"
        => "Bubble: select the one below", "next";
    Find Everywhere ["ctrl+f"] "find words in what was said; in the inspector, filter or search"
        => "Find words in what was said", "search look chat hits";
    Filter Everywhere [] "filter the wire" phone
        => "Wire: filter", "search find query";
    SearchPast Everywhere [] "search all past conversations" phone
        => "Search past conversations", "history journal find archive old";
    CloseConversation Everywhere [] "close the conversation, as the consumer" phone
        => "Conversation: close with survey", "rate rating csat finish bye";
    NewConversation Everywhere [] "begin a new conversation" phone
        => "Conversation: new", "begin start open";
    EndConversation Everywhere [] "end the conversation, without a survey" phone
        => "Conversation: end without survey", "finish stop";
    NextPhone Everywhere ["ctrl+pagedown", "alt+n"] "go to the next phone that is open" phone
        => "Phone: next", "tab consumer switch";
    PreviousPhone Everywhere ["ctrl+pageup", "alt+p"] "go to the phone before" phone
        => "Phone: previous", "tab consumer switch before";
    HandOver Everywhere ["ctrl+t"] "hand a phone to another consumer" phone
        => "Phone: hand to another consumer", "transfer persona switch user open";
    ClosePhone Everywhere ["alt+w"] "close this phone's tab; its conversation stays open" phone
        => "Phone: close its tab", "hide";
    Form Everywhere ["f10", "alt+o"] "who the consumer is, and how conversations are opened" phone
        => "Consumer: form", "settings options profile persona preferences campaign engagement skill context";
    Attach Everywhere ["alt+a"] "send a picture or another file" phone
        => "File: send", "picture image attach upload";
    Fetch Everywhere ["alt+f"] "fetch the file of the selected bubble" phone
        => "File: fetch", "download save picture";
    PictureHosts Everywhere ["alt+h"] "decide from which hosts the pictures of cards come" phone
        => "Pictures: from which hosts", "images fetch allow consent";
    Raw Everywhere ["alt+r"] "write a request by hand" phone
        => "Request: write by hand", "raw api custom";
    TryTunnel Everywhere [] "try the tunnel again" phone
        => "Tunnel: try again", "reconnect ingress relay";
    Replay Everywhere ["ctrl+r"] "say it all again up to the selected bubble, in a new conversation" phone
        => "Conversation: say again up to the bubble", "replay repeat";
    PauseScenario Everywhere ["alt+,"] "pause the scenario on the phone, or let it go on" phone
        => "Scenario: pause, or go on", "hold continue give back take over script";
    StepScenario Everywhere ["alt+."] "let one step of the scenario go on" phone
        => "Scenario: one step", "next single script";
    StopScenario Everywhere ["alt+-"] "end the scenario; its conversation stays open" phone
        => "Scenario: end", "stop cancel script";
    Suspend Everywhere ["ctrl+z"] "go back to the shell; fg there comes back here"
        => "Handset: suspend", "background shell stop pause";
    OpenWorkspace Everywhere ["alt+g"] "go to the agent workspace, and log in there"
        => "Agent: log in to the workspace", "login other side";
    TurnPanes Everywhere ["f11"] "show phone and wire, the phone alone, or the wire alone" phone
        => "Panes: phone and wire, or one alone", "hide wire zoom split full";
    Stage Everywhere ["shift+f11"] "show the phone as a brand's, on the demo stage" phone
        => "Stage: show the phone in a demo", "present show";
    TurnInspector Everywhere ["f12"] "show the next tab of the inspector; writing goes on" phone
        => "Inspector: next tab", "wire state journal";
    Submit Phone ["enter"] "send the message";
    OpenEditor Phone ["ctrl+g"] "write the draft in your editor ($VISUAL, $EDITOR)"
        => "Draft: write in your editor", "vi nano emacs long text";
    NewLine Phone ["alt+enter", "ctrl+j", "shift+enter"] "begin a new line";
    Left Edit ["left"] "one character back";
    Right Edit ["right"] "one character on";
    Up Edit ["up"] "one row up; select a bubble when nothing is written";
    Down Edit ["down"] "one row down";
    Home Edit ["home"] "to the start of the row";
    End Edit ["end"] "to the end of the row";
    WordLeft Edit ["ctrl+left", "alt+left"] "one word back";
    WordRight Edit ["ctrl+right", "alt+right"] "one word on";
    SelectLeft Edit ["shift+left"] "mark one character back";
    SelectRight Edit ["shift+right"] "mark one character on";
    SelectUp Edit ["shift+up"] "mark one row up";
    SelectDown Edit ["shift+down"] "mark one row down";
    SelectHome Edit ["shift+home"] "mark to the start of the row";
    SelectEnd Edit ["shift+end"] "mark to the end of the row";
    SelectWordLeft Edit ["ctrl+shift+left"] "mark one word back";
    SelectWordRight Edit ["ctrl+shift+right"] "mark one word on";
    SelectAll Edit ["ctrl+a"] "mark everything written";
    Backspace Edit ["backspace", "shift+backspace"] "delete the character before the cursor";
    Delete Edit ["delete"] "delete the character after the cursor";
    DeleteWordBack Edit ["ctrl+w", "ctrl+backspace", "ctrl+h", "alt+backspace"] "delete the word before the cursor";
    DeleteWordForward Edit ["ctrl+delete", "alt+delete"] "delete the word after the cursor";
    DeleteToStart Edit ["ctrl+u"] "delete to the start of the row";
    DeleteToEnd Edit ["ctrl+k"] "delete to the end of the row";
    Undo Edit ["ctrl+z"] "take the last change back";
    Redo Edit ["ctrl+y"] "make the change again";
    RowUp Browse ["up"] "one row up";
    RowDown Browse ["down"] "one row down";
    RowFirst Browse ["home"] "to the first row";
    RowLast Browse ["end"] "to the last row";
    Choose Browse ["enter"] "take the selected row; in the wire, open it and fold it";
    OpenEntry Wire ["right"] "open the selected entry; in it, unfold a row";
    LeaveEntry Wire ["left"] "fold a row of the opened entry, or go back to the list";
    EditAgain Wire ["e"] "edit the selected request, and send it again" phone
        => "Request: edit and send again", "resend replay wire";
    DeliverAgain Wire ["r"] "deliver the selected webhook to our listener again" phone
        => "Webhook: deliver again", "redeliver replay listener";
    JumpToBubble Wire ["g"] "go to the bubble of the selected entry"
        => "Bubble: of the selected entry", "go jump";
    RawBytes Wire ["b"] "show the opened entry byte for byte, or as a tree again"
        => "Wire: byte for byte", "raw hex tree";
    SendRaw Raw ["ctrl+s", "ctrl+enter"] "send the request as it stands";
    RawLine Raw ["enter"] "begin a new line";
    NextTemplate Raw ["alt+down", "tab"] "take the next template";
    PreviousTemplate Raw ["alt+up", "shift+tab"] "take the template before";
    NextField Form ["tab", "down"] "to the next field";
    PreviousField Form ["shift+tab", "up"] "to the field before";
    Press Form ["enter"] "press the button, or go on to the next field";
    Save Form ["ctrl+s", "ctrl+enter"] "keep what the form says";
    SaveAndBegin Form ["ctrl+b"] "keep it and begin a conversation with it";
    ShowRequest Form ["f9"] "show the request it makes, or the form again";
    SendFile File ["enter"] "send the file";
    SendFileAnyway File ["ctrl+s", "ctrl+enter"] "send it whatever the cloud will object to";
    Agree Consent ["alt+y"] "open the conversation with real people";
    FetchFromHost PictureHosts ["alt+y"] "fetch pictures from the chosen host";
    NeverFromHost PictureHosts ["alt+x"] "never fetch pictures from the chosen host";
    TabWire Inspector ["1"] "show the wire" phone
        => "Inspector: wire", "requests webhooks traffic";
    TabState Inspector ["2"] "show the state of the conversation" phone
        => "Inspector: state", "participants dialogs tokens";
    TabAgent Inspector ["3"] "show the agent workspace"
        => "Inspector: agent workspace", "other side";
    TabJournal Inspector ["4"] "show past conversations" phone
        => "Inspector: journal", "history past conversations archive";
    NextTab Inspector ["]"] "show the next tab of the inspector" phone;
    PreviousTab Inspector ["["] "show the tab of the inspector before" phone
        => "Inspector: previous tab", "wire state journal";
    FilterHere Inspector ["/", "f"] "filter the wire, or search the journal" phone;
    Export Inspector ["x"] "export the conversation" phone
        => "Export: choose a form", "save write out transcript";
    GoBack Inspector ["u"] "go on in the chosen conversation of the journal, while it is open" phone
        => "Conversation: go on in an open one before", "back reopen return left";
    FollowWire Wire ["space"] "hold the list of entries still, or follow the newest" phone
        => "Wire: hold still, or follow", "pause freeze";
    Pin Wire ["p"] "pin the selected entry, or take the pin out" phone
        => "Wire: pin the entry", "keep mark";
    OnlyPinned Wire ["o"] "show only pinned entries, or all" phone
        => "Wire: only pinned entries", "filter";
    AllPhones Wire ["a"] "show the wire of all phones, or of the one in view" phone
        => "Wire: of all phones, or of one", "filter";
    CopyCurl Wire ["c"] "copy the selected entry as a curl command"
        => "Entry: copy as curl", "clipboard shell request";
    CopyJson Wire ["j"] "copy the selected entry as JSON"
        => "Entry: copy as JSON", "clipboard";
    CopyBody Wire ["y"] "copy the body of the selected entry"
        => "Entry: copy the body", "clipboard request";
    CopyAnswer Wire ["n"] "copy the answer's body of the selected entry"
        => "Entry: copy the answer", "clipboard response";
    Accept Workspace ["alt+y"] "take the conversation that rings"
        => "Ring: accept", "take answer pick up";
    Reject Workspace ["alt+x"] "turn the conversation that rings down"
        => "Ring: reject", "turn down decline";
    NextConversation Workspace ["ctrl+pagedown", "alt+n"] "go to the next conversation"
        => "Tab: next conversation", "switch";
    PreviousConversation Workspace ["ctrl+pageup", "alt+p"] "go to the conversation before"
        => "Tab: previous conversation", "switch before";
    CannedReply Workspace ["alt+l"] "find a reply that was written before"
        => "Reply: one written before", "canned predefined template";
    Card Workspace ["alt+k"] "find a card to send, with a preview"
        => "Card: send", "structured content template";
    Note Workspace ["alt+m"] "write a private note, or a message again"
        => "Note: write a private one", "internal";
    Transfer Workspace ["alt+t"] "hand the conversation to a skill or an agent"
        => "Transfer: to a skill or an agent", "hand over forward";
    BackToQueue Workspace ["alt+b"] "give the conversation back to its queue"
        => "Transfer: back to the queue", "return give back";
    CloseWithSurvey Workspace ["alt+s"] "close the conversation, and let a survey follow"
        => "Conversation: close with survey, as the agent", "rate rating finish";
    CloseWithoutSurvey Workspace ["alt+e"] "end the conversation at once, without a survey"
        => "Conversation: end without survey, as the agent", "finish stop";
    CloseTab Workspace ["alt+w"] "close the tab of a conversation that is over"
        => "Tab: close", "done hide";
    Facts Workspace ["alt+i"] "show who the consumer is, with what is known of them"
        => "Consumer: who it is", "sde profile facts";
    Availability Workspace ["alt+v"] "choose whether conversations ring here"
        => "Agent: availability", "online away occupied back soon status";
    LogInAnother Workspace ["alt+u"] "log another agent in, or go to that session"
        => "Agent: log another in", "login switch user";
    LogOut Workspace [] "log out; the agent's conversations stay as they are"
        => "Agent: log out", "logout leave";
    CopyValue State ["c"] "copy the selected value"
        => "State: copy the value", "clipboard";
    {
        Reply(1) ["alt+1"] "use the first quick reply";
        Reply(2) ["alt+2"] "use the second quick reply";
        Reply(3) ["alt+3"] "use the third quick reply";
        Reply(4) ["alt+4"] "use the fourth quick reply";
        Reply(5) ["alt+5"] "use the fifth quick reply";
        Reply(6) ["alt+6"] "use the sixth quick reply";
        Reply(7) ["alt+7"] "use the seventh quick reply";
        Reply(8) ["alt+8"] "use the eighth quick reply";
        Reply(9) ["alt+9"] "use the ninth quick reply";
    }
}
