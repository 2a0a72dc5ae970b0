//! The table of actions: where each holds, its keys, what it does.

/// Something a key, the palette or a slash command can ask for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[expect(missing_docs, reason = "every action is described in its row of TABLE")]
pub enum Action {
    Quit,
    Help,
    Palette,
    OtherPane,
    Back,
    NextTheme,
    Flight,
    Pocket,
    Retry,
    Mouse,
    OnlyLinked,
    Notices,
    Content,
    Copy,
    Redraw,
    PageUp,
    PageDown,
    First,
    Last,
    SelectPrevious,
    SelectNext,
    Filter,
    CloseConversation,
    NewConversation,
    EndConversation,
    NextPhone,
    PreviousPhone,
    HandOver,
    PutAway,
    Form,
    Attach,
    Fetch,
    Raw,
    TryWayIn,
    /// The number counts from 1.
    Reply(u8),
    Submit,
    NewLine,
    Left,
    Right,
    Up,
    Down,
    Home,
    End,
    WordLeft,
    WordRight,
    SelectLeft,
    SelectRight,
    SelectUp,
    SelectDown,
    SelectHome,
    SelectEnd,
    SelectWordLeft,
    SelectWordRight,
    SelectAll,
    Backspace,
    Delete,
    DeleteWordBack,
    DeleteWordForward,
    DeleteToStart,
    DeleteToEnd,
    Undo,
    Redo,
    RowUp,
    RowDown,
    RowFirst,
    RowLast,
    Choose,
    FilterHere,
    OpenEntry,
    LeaveEntry,
    SendRaw,
    RawLine,
    NextTemplate,
    PreviousTemplate,
    NextField,
    PreviousField,
    Press,
    Save,
    SaveAndBegin,
    ShowRequest,
    SendFile,
    SendFileAnyway,
    Agree,
    TabWire,
    TabState,
    TabAgent,
    TabJournal,
    NextTab,
    PreviousTab,
    AllPhones,
    FollowWire,
    Pin,
    OnlyPinned,
    CopyCurl,
    CopyJson,
    CopyBody,
    CopyAnswer,
    CopyValue,
    Export,
    Replay,
    TakeChair,
    TurnInspector,
    Accept,
    Reject,
    NextTalk,
    PreviousTalk,
    Note,
    CannedReply,
    Card,
    Transfer,
    BackToQueue,
    CloseTalk,
    CloseWithSurvey,
    Availability,
    Facts,
    Done,
    OtherChair,
    LeaveChair,
}

impl Action {
    /// Whether it is for a phone or for what the inspector tells of one, and means nothing without.
    pub fn needs_phone(self) -> bool {
        use Action::{
            AllPhones, Attach, CloseConversation, EndConversation, Export, Fetch, Filter,
            FilterHere, Flight, FollowWire, Form, HandOver, NewConversation, NextPhone, NextTab,
            OnlyLinked, OnlyPinned, OtherPane, Pin, Pocket, PreviousPhone, PreviousTab, PutAway,
            Raw, Replay, Reply, TabJournal, TabState, TabWire, TryWayIn, TurnInspector,
        };
        matches!(
            self,
            AllPhones
                | Attach
                | CloseConversation
                | EndConversation
                | Export
                | Fetch
                | Filter
                | FilterHere
                | Flight
                | FollowWire
                | Form
                | HandOver
                | NewConversation
                | NextPhone
                | NextTab
                | OnlyLinked
                | OnlyPinned
                | OtherPane
                | Pin
                | Pocket
                | PreviousPhone
                | PreviousTab
                | PutAway
                | Raw
                | Replay
                | Reply(_)
                | TabJournal
                | TabState
                | TabWire
                | TryWayIn
                | TurnInspector
        )
    }
}

/// Where a key holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Context {
    /// On every screen.
    Everywhere,
    /// While the composer has the cursor.
    Phone,
    /// In every text field.
    Edit,
    /// In lists and popups; there it goes before [`Context::Edit`].
    Browse,
    /// On the inspector, whatever it shows.
    Inspector,
    /// In the wire.
    Wire,
    /// In the editor of requests; there it goes before [`Context::Edit`].
    Raw,
    /// In a form; there it goes before [`Context::Edit`].
    Form,
    /// While a file is asked about; there it goes before [`Context::Edit`].
    File,
    /// While a conversation with real people is asked about.
    Consent,
    /// In the state.
    State,
    /// At the agent workspace, where a message is written too; there it goes before all others.
    Workspace,
}

impl Context {
    /// The heading of its keys in the help.
    pub fn heading(self) -> &'static str {
        match self {
            Self::Everywhere => "Everywhere",
            Self::Phone => "Writing a message",
            Self::Edit => "In a text field",
            Self::Browse => "In lists",
            Self::Raw => "Writing a request by hand",
            Self::Form => "In a form",
            Self::File => "Sending a file",
            Self::Consent => "Asked about production",
            Self::Inspector => "In the inspector",
            Self::Wire => "In the wire",
            Self::State => "In the state",
            Self::Workspace => "In the agent workspace",
        }
    }

    /// Whether it is a part of the inspector, where nothing is written and plain letters are keys.
    pub fn is_inspector(self) -> bool {
        matches!(self, Self::Inspector | Self::Wire | Self::State)
    }
}

/// One action as the table has it.
#[derive(Debug)]
pub struct Row {
    /// The action.
    pub action: Action,
    /// Where its keys hold.
    pub context: Context,
    /// Its keys.
    pub keys: &'static [&'static str],
    /// What it does, to be read after the key.
    pub about: &'static str,
}

const fn row(
    action: Action,
    context: Context,
    keys: &'static [&'static str],
    about: &'static str,
) -> Row {
    Row {
        action,
        context,
        keys,
        about,
    }
}

/// Every action there is, in the order the help shows them and the palette offers them; Enter
/// takes the first there, so it does no harm.
#[rustfmt::skip]
pub const TABLE: &[Row] = &[
    row(Action::Help, Context::Everywhere, &["f1"], "show all keys and commands"),
    row(Action::Quit, Context::Everywhere, &["ctrl+q", "ctrl+c"], "leave handset"),
    row(Action::Palette, Context::Everywhere, &["ctrl+p"], "find a command by its name"),
    row(Action::OtherPane, Context::Everywhere, &["tab", "shift+tab"], "go to the wire, or back to the phone"),
    row(Action::Back, Context::Everywhere, &["esc"], "close what is on top, or go back"),
    row(Action::NextTheme, Context::Everywhere, &["f2"], "change the colours"),
    row(Action::Flight, Context::Everywhere, &["f3"], "flight mode: nothing goes out, messages queue"),
    row(Action::Pocket, Context::Everywhere, &["f4"], "phone in the pocket: accepted, not read"),
    row(Action::Retry, Context::Everywhere, &["f5"], "send the failed message again, or try the tunnel"),
    row(Action::Mouse, Context::Everywhere, &["f6"], "give the mouse to handset, or back to the terminal"),
    row(Action::OnlyLinked, Context::Everywhere, &["f7"], "show only the wire entries of the selected bubble"),
    row(Action::Notices, Context::Everywhere, &["f8"], "show the last notices again"),
    row(Action::Content, Context::Everywhere, &["f9"], "show the content of the selected bubble as JSON"),
    row(Action::Copy, Context::Everywhere, &["alt+c"], "copy the link of the selected bubble, or the JSON in view"),
    row(Action::Redraw, Context::Everywhere, &["ctrl+l"], "draw the screen anew"),
    row(Action::PageUp, Context::Everywhere, &["pageup"], "one page up"),
    row(Action::PageDown, Context::Everywhere, &["pagedown"], "one page down"),
    row(Action::First, Context::Everywhere, &["ctrl+home"], "to the first line"),
    row(Action::Last, Context::Everywhere, &["ctrl+end"], "to the newest line"),
    row(Action::SelectPrevious, Context::Everywhere, &["ctrl+up"], "select the bubble above"),
    row(Action::SelectNext, Context::Everywhere, &["ctrl+down"], "select the bubble below"),
    row(Action::Filter, Context::Everywhere, &["ctrl+f"], "filter the wire"),
    row(Action::CloseConversation, Context::Everywhere, &[], "close the conversation, as the consumer"),
    row(Action::NewConversation, Context::Everywhere, &[], "begin a new conversation"),
    row(Action::EndConversation, Context::Everywhere, &[], "end the conversation, without a survey"),
    row(Action::NextPhone, Context::Everywhere, &["ctrl+pagedown", "alt+n"], "go to the next phone that is open"),
    row(Action::PreviousPhone, Context::Everywhere, &["ctrl+pageup", "alt+p"], "go to the phone before"),
    row(Action::HandOver, Context::Everywhere, &["ctrl+t"], "hand a phone to another consumer"),
    row(Action::PutAway, Context::Everywhere, &["alt+w"], "close this phone; its conversation stays open"),
    row(Action::Form, Context::Everywhere, &["f10", "alt+o"], "who the consumer is, and how conversations are opened"),
    row(Action::Attach, Context::Everywhere, &["alt+a"], "send a picture or another file"),
    row(Action::Fetch, Context::Everywhere, &["alt+f"], "fetch the file of the selected bubble"),
    row(Action::Raw, Context::Everywhere, &["alt+r"], "write a request by hand"),
    row(Action::TryWayIn, Context::Everywhere, &[], "try the tunnel again"),
    row(Action::Replay, Context::Everywhere, &["ctrl+r"], "say it all again up to the selected bubble, in a new conversation"),
    row(Action::TakeChair, Context::Everywhere, &["alt+g"], "go to the agent workspace, and log in there"),
    row(Action::TurnInspector, Context::Everywhere, &["f12"], "show the next tab of the inspector, also while writing"),
    row(Action::Reply(1), Context::Everywhere, &["alt+1"], "use the first quick reply"),
    row(Action::Reply(2), Context::Everywhere, &["alt+2"], "use the second quick reply"),
    row(Action::Reply(3), Context::Everywhere, &["alt+3"], "use the third quick reply"),
    row(Action::Reply(4), Context::Everywhere, &["alt+4"], "use the fourth quick reply"),
    row(Action::Reply(5), Context::Everywhere, &["alt+5"], "use the fifth quick reply"),
    row(Action::Reply(6), Context::Everywhere, &["alt+6"], "use the sixth quick reply"),
    row(Action::Reply(7), Context::Everywhere, &["alt+7"], "use the seventh quick reply"),
    row(Action::Reply(8), Context::Everywhere, &["alt+8"], "use the eighth quick reply"),
    row(Action::Reply(9), Context::Everywhere, &["alt+9"], "use the ninth quick reply"),
    row(Action::Submit, Context::Phone, &["enter"], "send the message"),
    row(Action::NewLine, Context::Phone, &["alt+enter", "ctrl+j", "shift+enter"], "begin a new line"),
    row(Action::Left, Context::Edit, &["left"], "one character back"),
    row(Action::Right, Context::Edit, &["right"], "one character on"),
    row(Action::Up, Context::Edit, &["up"], "one row up; select a bubble when nothing is written"),
    row(Action::Down, Context::Edit, &["down"], "one row down"),
    row(Action::Home, Context::Edit, &["home"], "to the start of the row"),
    row(Action::End, Context::Edit, &["end"], "to the end of the row"),
    row(Action::WordLeft, Context::Edit, &["ctrl+left", "alt+left"], "one word back"),
    row(Action::WordRight, Context::Edit, &["ctrl+right", "alt+right"], "one word on"),
    row(Action::SelectLeft, Context::Edit, &["shift+left"], "mark one character back"),
    row(Action::SelectRight, Context::Edit, &["shift+right"], "mark one character on"),
    row(Action::SelectUp, Context::Edit, &["shift+up"], "mark one row up"),
    row(Action::SelectDown, Context::Edit, &["shift+down"], "mark one row down"),
    row(Action::SelectHome, Context::Edit, &["shift+home"], "mark to the start of the row"),
    row(Action::SelectEnd, Context::Edit, &["shift+end"], "mark to the end of the row"),
    row(Action::SelectWordLeft, Context::Edit, &["ctrl+shift+left"], "mark one word back"),
    row(Action::SelectWordRight, Context::Edit, &["ctrl+shift+right"], "mark one word on"),
    row(Action::SelectAll, Context::Edit, &["ctrl+a"], "mark everything written"),
    row(Action::Backspace, Context::Edit, &["backspace", "shift+backspace"], "delete the character before the cursor"),
    row(Action::Delete, Context::Edit, &["delete"], "delete the character after the cursor"),
    row(Action::DeleteWordBack, Context::Edit, &["ctrl+w", "ctrl+backspace", "ctrl+h", "alt+backspace"], "delete the word before the cursor"),
    row(Action::DeleteWordForward, Context::Edit, &["ctrl+delete", "alt+delete"], "delete the word after the cursor"),
    row(Action::DeleteToStart, Context::Edit, &["ctrl+u"], "delete to the start of the row"),
    row(Action::DeleteToEnd, Context::Edit, &["ctrl+k"], "delete to the end of the row"),
    row(Action::Undo, Context::Edit, &["ctrl+z"], "take the last change back"),
    row(Action::Redo, Context::Edit, &["ctrl+y"], "make the change again"),
    row(Action::RowUp, Context::Browse, &["up"], "one row up"),
    row(Action::RowDown, Context::Browse, &["down"], "one row down"),
    row(Action::RowFirst, Context::Browse, &["home"], "to the first row"),
    row(Action::RowLast, Context::Browse, &["end"], "to the last row"),
    row(Action::Choose, Context::Browse, &["enter"], "take the selected row; in the wire, jump to its bubble"),
    row(Action::OpenEntry, Context::Wire, &["right"], "read the selected entry"),
    row(Action::LeaveEntry, Context::Wire, &["left"], "go back to the list of entries"),
    row(Action::SendRaw, Context::Raw, &["ctrl+s", "ctrl+enter"], "send the request as it stands"),
    row(Action::RawLine, Context::Raw, &["enter"], "begin a new line"),
    row(Action::NextTemplate, Context::Raw, &["alt+down", "tab"], "take the next template"),
    row(Action::PreviousTemplate, Context::Raw, &["alt+up", "shift+tab"], "take the template before"),
    row(Action::NextField, Context::Form, &["tab", "down"], "to the next field"),
    row(Action::PreviousField, Context::Form, &["shift+tab", "up"], "to the field before"),
    row(Action::Press, Context::Form, &["enter"], "press the button, or go on to the next field"),
    row(Action::Save, Context::Form, &["ctrl+s", "ctrl+enter"], "keep what the form says"),
    row(Action::SaveAndBegin, Context::Form, &["ctrl+b"], "keep it and begin a conversation with it"),
    row(Action::ShowRequest, Context::Form, &["ctrl+r"], "show the request it makes, or the form again"),
    row(Action::SendFile, Context::File, &["enter"], "send the file"),
    row(Action::SendFileAnyway, Context::File, &["ctrl+s", "ctrl+enter"], "send it whatever the cloud will object to"),
    row(Action::Agree, Context::Consent, &["alt+y"], "open the conversation with real people"),
    row(Action::TabWire, Context::Inspector, &["1"], "show the wire"),
    row(Action::TabState, Context::Inspector, &["2"], "show the state of the conversation"),
    row(Action::TabAgent, Context::Inspector, &["3"], "show the agent workspace"),
    row(Action::TabJournal, Context::Inspector, &["4"], "show past conversations"),
    row(Action::NextTab, Context::Inspector, &["]"], "show the next tab of the inspector"),
    row(Action::PreviousTab, Context::Inspector, &["["], "show the tab of the inspector before"),
    row(Action::FilterHere, Context::Inspector, &["/"], "filter the wire, or search the journal"),
    row(Action::Export, Context::Inspector, &["e"], "export the conversation"),
    row(Action::FollowWire, Context::Wire, &["space"], "hold the list of entries still, or follow the newest"),
    row(Action::Pin, Context::Wire, &["p"], "pin the selected entry, or take the pin out"),
    row(Action::OnlyPinned, Context::Wire, &["o"], "show only pinned entries, or all"),
    row(Action::AllPhones, Context::Wire, &["a"], "show the wire of all phones, or of the one in view"),
    row(Action::CopyCurl, Context::Wire, &["c"], "copy the selected entry as a curl command"),
    row(Action::CopyJson, Context::Wire, &["j"], "copy the selected entry as JSON"),
    row(Action::CopyBody, Context::Wire, &["b"], "copy the body of the selected entry"),
    row(Action::CopyAnswer, Context::Wire, &["r"], "copy the answer's body of the selected entry"),
    row(Action::Accept, Context::Workspace, &["alt+y"], "take the conversation that rings"),
    row(Action::Reject, Context::Workspace, &["alt+x"], "turn the conversation that rings down"),
    row(Action::NextTalk, Context::Workspace, &["ctrl+pagedown", "alt+n"], "go to the next conversation"),
    row(Action::PreviousTalk, Context::Workspace, &["ctrl+pageup", "alt+p"], "go to the conversation before"),
    row(Action::CannedReply, Context::Workspace, &["alt+r"], "find a reply that was written before"),
    row(Action::Card, Context::Workspace, &["alt+k"], "find a card to send, with a preview"),
    row(Action::Note, Context::Workspace, &["alt+m"], "write a private note, or a message again"),
    row(Action::Transfer, Context::Workspace, &["alt+t"], "hand the conversation to a skill or an agent"),
    row(Action::BackToQueue, Context::Workspace, &["alt+b"], "give the conversation back to its queue"),
    row(Action::CloseWithSurvey, Context::Workspace, &["alt+s"], "close the conversation, and let a survey follow"),
    row(Action::CloseTalk, Context::Workspace, &["alt+e"], "end the conversation at once, without a survey"),
    row(Action::Done, Context::Workspace, &["alt+w"], "close the tab of a conversation that is over"),
    row(Action::Facts, Context::Workspace, &["alt+i"], "show who the consumer is, with what is known of them"),
    row(Action::Availability, Context::Workspace, &["alt+v"], "choose whether conversations ring here"),
    row(Action::OtherChair, Context::Workspace, &["ctrl+t"], "log another agent in, or go to that session"),
    row(Action::LeaveChair, Context::Workspace, &[], "log out; the agent's conversations stay as they are"),
    row(Action::CopyValue, Context::State, &["c"], "copy the selected value"),
];
