//! The table of actions: name, where it holds, default keys, what it does.

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
    /// In the wire pane.
    Wire,
}

impl Context {
    /// All of them.
    pub const ALL: [Self; 5] = [
        Self::Everywhere,
        Self::Phone,
        Self::Edit,
        Self::Browse,
        Self::Wire,
    ];

    /// Whether one chord could mean something in both at the same time.
    pub fn meets(self, other: Self) -> bool {
        self == other
            || matches!(self, Self::Everywhere)
            || matches!(other, Self::Everywhere)
            || matches!(
                (self, other),
                (Self::Phone, Self::Edit)
                    | (Self::Edit, Self::Phone)
                    | (Self::Browse, Self::Wire)
                    | (Self::Wire, Self::Browse)
            )
    }

    /// The heading of its keys in the help.
    pub fn heading(self) -> &'static str {
        match self {
            Self::Everywhere => "Everywhere",
            Self::Phone => "Writing a message",
            Self::Edit => "In a text field",
            Self::Browse => "In lists",
            Self::Wire => "In the wire pane",
        }
    }
}

/// One action as the table has it.
#[derive(Debug)]
pub struct Row {
    /// The action.
    pub action: Action,
    /// Its name in settings.
    pub name: &'static str,
    /// Where its keys hold.
    pub context: Context,
    /// Its default keys.
    pub keys: &'static [&'static str],
    /// What it does, to be read after the key.
    pub about: &'static str,
}

impl Action {
    /// Its row of the table.
    pub fn row(self) -> &'static Row {
        TABLE
            .iter()
            .find(|row| row.action == self)
            .expect("every action has a row, as a test checks")
    }
}

const fn row(
    action: Action,
    name: &'static str,
    context: Context,
    keys: &'static [&'static str],
    about: &'static str,
) -> Row {
    Row {
        action,
        name,
        context,
        keys,
        about,
    }
}

/// Every action there is, in the order the help shows them.
#[rustfmt::skip]
pub const TABLE: &[Row] = &[
    row(Action::Quit, "quit", Context::Everywhere, &["ctrl+q", "ctrl+c"], "leave handset"),
    row(Action::Help, "help", Context::Everywhere, &["f1"], "show all keys and commands"),
    row(Action::Palette, "commands", Context::Everywhere, &["ctrl+p"], "find a command by its name"),
    row(Action::OtherPane, "other-pane", Context::Everywhere, &["tab", "shift+tab"], "go to the wire, or back to the phone"),
    row(Action::Back, "back", Context::Everywhere, &["esc"], "close what is on top, or go back"),
    row(Action::NextTheme, "next-theme", Context::Everywhere, &["f2"], "change the colours"),
    row(Action::Flight, "flight", Context::Everywhere, &["f3"], "flight mode: nothing goes out, messages queue"),
    row(Action::Pocket, "pocket", Context::Everywhere, &["f4"], "phone in the pocket: accepted, not read"),
    row(Action::Retry, "retry", Context::Everywhere, &["f5"], "send the failed message again"),
    row(Action::Mouse, "mouse", Context::Everywhere, &["f6"], "give the mouse to handset, or back to the terminal"),
    row(Action::OnlyLinked, "only-linked", Context::Everywhere, &["f7"], "show only the wire entries of the selected bubble"),
    row(Action::Notices, "notices", Context::Everywhere, &["f8"], "show the last notices again"),
    row(Action::Redraw, "redraw", Context::Everywhere, &["ctrl+l"], "draw the screen anew"),
    row(Action::PageUp, "page-up", Context::Everywhere, &["pageup"], "one page up"),
    row(Action::PageDown, "page-down", Context::Everywhere, &["pagedown"], "one page down"),
    row(Action::First, "first", Context::Everywhere, &["ctrl+home"], "to the first line"),
    row(Action::Last, "last", Context::Everywhere, &["ctrl+end"], "to the newest line"),
    row(Action::SelectPrevious, "select-previous", Context::Everywhere, &["ctrl+up"], "select the bubble above"),
    row(Action::SelectNext, "select-next", Context::Everywhere, &["ctrl+down"], "select the bubble below"),
    row(Action::Filter, "filter", Context::Everywhere, &["ctrl+f"], "filter the wire"),
    row(Action::CloseConversation, "close", Context::Everywhere, &[], "close the conversation, as the consumer"),
    row(Action::NewConversation, "new", Context::Everywhere, &[], "begin a new conversation"),
    row(Action::Reply(1), "reply-1", Context::Everywhere, &["alt+1"], "use the first quick reply"),
    row(Action::Reply(2), "reply-2", Context::Everywhere, &["alt+2"], "use the second quick reply"),
    row(Action::Reply(3), "reply-3", Context::Everywhere, &["alt+3"], "use the third quick reply"),
    row(Action::Reply(4), "reply-4", Context::Everywhere, &["alt+4"], "use the fourth quick reply"),
    row(Action::Reply(5), "reply-5", Context::Everywhere, &["alt+5"], "use the fifth quick reply"),
    row(Action::Reply(6), "reply-6", Context::Everywhere, &["alt+6"], "use the sixth quick reply"),
    row(Action::Reply(7), "reply-7", Context::Everywhere, &["alt+7"], "use the seventh quick reply"),
    row(Action::Reply(8), "reply-8", Context::Everywhere, &["alt+8"], "use the eighth quick reply"),
    row(Action::Reply(9), "reply-9", Context::Everywhere, &["alt+9"], "use the ninth quick reply"),
    row(Action::Submit, "send", Context::Phone, &["enter"], "send the message"),
    row(Action::NewLine, "new-line", Context::Phone, &["alt+enter", "ctrl+j", "shift+enter"], "begin a new line"),
    row(Action::Left, "left", Context::Edit, &["left"], "one character back"),
    row(Action::Right, "right", Context::Edit, &["right"], "one character on"),
    row(Action::Up, "up", Context::Edit, &["up"], "one row up; select a bubble when nothing is written"),
    row(Action::Down, "down", Context::Edit, &["down"], "one row down"),
    row(Action::Home, "home", Context::Edit, &["home"], "to the start of the row"),
    row(Action::End, "end", Context::Edit, &["end"], "to the end of the row"),
    row(Action::WordLeft, "word-left", Context::Edit, &["ctrl+left", "alt+left"], "one word back"),
    row(Action::WordRight, "word-right", Context::Edit, &["ctrl+right", "alt+right"], "one word on"),
    row(Action::SelectLeft, "mark-left", Context::Edit, &["shift+left"], "mark one character back"),
    row(Action::SelectRight, "mark-right", Context::Edit, &["shift+right"], "mark one character on"),
    row(Action::SelectUp, "mark-up", Context::Edit, &["shift+up"], "mark one row up"),
    row(Action::SelectDown, "mark-down", Context::Edit, &["shift+down"], "mark one row down"),
    row(Action::SelectHome, "mark-home", Context::Edit, &["shift+home"], "mark to the start of the row"),
    row(Action::SelectEnd, "mark-end", Context::Edit, &["shift+end"], "mark to the end of the row"),
    row(Action::SelectWordLeft, "mark-word-left", Context::Edit, &["ctrl+shift+left"], "mark one word back"),
    row(Action::SelectWordRight, "mark-word-right", Context::Edit, &["ctrl+shift+right"], "mark one word on"),
    row(Action::SelectAll, "mark-all", Context::Edit, &["ctrl+a"], "mark everything written"),
    row(Action::Backspace, "delete-back", Context::Edit, &["backspace", "shift+backspace"], "delete the character before the cursor"),
    row(Action::Delete, "delete", Context::Edit, &["delete"], "delete the character after the cursor"),
    row(Action::DeleteWordBack, "delete-word-back", Context::Edit, &["ctrl+w", "ctrl+backspace", "ctrl+h", "alt+backspace"], "delete the word before the cursor"),
    row(Action::DeleteWordForward, "delete-word", Context::Edit, &["ctrl+delete", "alt+delete"], "delete the word after the cursor"),
    row(Action::DeleteToStart, "delete-to-start", Context::Edit, &["ctrl+u"], "delete to the start of the row"),
    row(Action::DeleteToEnd, "delete-to-end", Context::Edit, &["ctrl+k"], "delete to the end of the row"),
    row(Action::Undo, "undo", Context::Edit, &["ctrl+z"], "take the last change back"),
    row(Action::Redo, "redo", Context::Edit, &["ctrl+y"], "make the change again"),
    row(Action::RowUp, "row-up", Context::Browse, &["up"], "one row up"),
    row(Action::RowDown, "row-down", Context::Browse, &["down"], "one row down"),
    row(Action::RowFirst, "row-first", Context::Browse, &["home"], "to the first row"),
    row(Action::RowLast, "row-last", Context::Browse, &["end"], "to the last row"),
    row(Action::Choose, "choose", Context::Browse, &["enter"], "take the selected row; in the wire, jump to its bubble"),
    row(Action::OpenEntry, "open-entry", Context::Wire, &["right"], "read the selected entry"),
    row(Action::LeaveEntry, "leave-entry", Context::Wire, &["left"], "go back to the list of entries"),
    row(Action::FilterHere, "filter-here", Context::Wire, &["/"], "filter the wire"),
];
