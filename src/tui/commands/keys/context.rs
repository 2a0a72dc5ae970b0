//! Where keys hold, and in which order they are looked up.

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
    /// While the hosts of pictures are decided on.
    PictureHosts,
    /// In the state.
    State,
    /// At the agent workspace, where a message is written too; there it goes before all others.
    Workspace,
}

/// The contexts that hold at one time, the nearest first: every way a key is looked up.
pub(crate) const STACKS: [&[Context]; 13] = {
    use Context::{
        Browse, Consent, Edit, Everywhere, File, Form, Inspector, Phone, PictureHosts, Raw, State,
        Wire, Workspace,
    };
    [
        &[Phone, Edit, Everywhere],
        &[Workspace, Phone, Edit, Everywhere],
        &[Inspector, Workspace, Phone, Everywhere],
        &[Wire, Inspector, Browse, Everywhere],
        &[State, Inspector, Browse, Everywhere],
        &[Inspector, Browse, Everywhere],
        &[Browse, Edit, Everywhere],
        &[Browse, Everywhere],
        &[Raw, Edit, Everywhere],
        &[Form, Edit, Everywhere],
        &[File, Edit, Everywhere],
        &[Consent, Everywhere],
        &[PictureHosts, Browse, Everywhere],
    ]
};

impl Context {
    /// All of them, in the order the help shows them.
    pub const ALL: [Self; 13] = [
        Self::Phone,
        Self::Everywhere,
        Self::Workspace,
        Self::Inspector,
        Self::Wire,
        Self::State,
        Self::Browse,
        Self::Edit,
        Self::Form,
        Self::File,
        Self::Raw,
        Self::Consent,
        Self::PictureHosts,
    ];

    /// What `keys.toml` calls it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Everywhere => "everywhere",
            Self::Phone => "phone",
            Self::Edit => "edit",
            Self::Browse => "browse",
            Self::Inspector => "inspector",
            Self::Wire => "wire",
            Self::Raw => "raw",
            Self::Form => "form",
            Self::File => "file",
            Self::Consent => "consent",
            Self::PictureHosts => "picture-hosts",
            Self::State => "state",
            Self::Workspace => "workspace",
        }
    }

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
            Self::PictureHosts => "Asked about hosts of pictures",
            Self::Inspector => "In the inspector, while no draft is written",
            Self::Wire => "In the wire, while no draft is written",
            Self::State => "In the state, while no draft is written",
            Self::Workspace => "In the agent workspace",
        }
    }

    /// Whether it is a part of the inspector, where nothing is written and plain letters are keys.
    pub fn is_inspector(self) -> bool {
        matches!(self, Self::Inspector | Self::Wire | Self::State)
    }

    /// Whether a key that writes a character can be bound here. In a list that is found in by what
    /// one types, it writes all the same.
    pub(crate) fn takes_letters(self) -> bool {
        self.is_inspector() || self == Self::Browse
    }

    /// Whether an action of another context can be bound here: that context is looked up behind
    /// this one.
    pub(crate) fn goes_before(self, other: Self) -> bool {
        STACKS.iter().any(|stack| {
            let place = |context| stack.iter().position(|one| *one == context);
            place(self)
                .zip(place(other))
                .is_some_and(|(own, other)| own < other)
        })
    }
}
