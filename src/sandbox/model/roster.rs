//! The skills and the people of the emulated account, and who takes what.
//!
//! Ids are the same in every sandbox, so that a connector can be set up for them.

use crate::domain::ids::SkillId;

/// Riley's name, from which the PID is made.
pub const RILEY: &str = "Riley";
/// Kim's name, who serves.
pub const KIM: &str = "Kim";
/// Sam's name, who sells.
pub const SAM: &str = "Sam";
/// The manager's name.
pub const MORGAN: &str = "Morgan";

/// What the id of the bot is made from that asks after a conversation.
pub const SURVEY_BOT: &str = "Acme survey";
/// What the id of the one is made from who sends automatic messages.
pub const CONTROLLER: &str = "Acme";
/// What the id of the survey bot's app install is made from.
pub const SURVEY_APP: &str = "survey app";

/// The people on the account's side with the digits of the `userId`, whether they can log in or not.
pub const PEOPLE: [(&str, &str); 6] = [
    (RILEY, "1200345610"),
    (KIM, "1200345611"),
    (SAM, "1200345612"),
    (MORGAN, "1200345613"),
    (SURVEY_BOT, "1200345620"),
    (CONTROLLER, "1200345621"),
];

/// What people are called on the screen. Their ids stay those of the names above.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ShownNames {
    /// The name of the brand, in lines and cards.
    pub brand: String,
    /// The name of the built-in agent.
    pub agent: String,
}

impl ShownNames {
    /// What the person is called whose id is made from this name.
    pub fn of(&self, name: &str) -> String {
        match name {
            RILEY => self.agent.clone(),
            SURVEY_BOT => format!("{} survey", self.brand),
            CONTROLLER => self.brand.clone(),
            other => other.to_owned(),
        }
    }
}

/// The queue of conversations that asked for none.
pub const UNASSIGNED: &str = "-1";

/// A routing queue with its name, which the wire never shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Skill {
    /// At most ten digits.
    pub id: &'static str,
    /// What people call it.
    pub name: &'static str,
}

/// Questions and complaints; Riley's.
pub const SERVICE: Skill = Skill {
    id: "3300120015",
    name: "Service",
};

/// Buying; Sam's.
pub const SALES: Skill = Skill {
    id: "3300120016",
    name: "Sales",
};

/// Every skill of the account.
pub const SKILLS: [Skill; 2] = [SERVICE, SALES];

/// A skill by its name or its id; unknown digits are a skill all the same.
pub fn skill(named: &str) -> Option<SkillId> {
    let known = SKILLS
        .iter()
        .find(|skill| skill.name.eq_ignore_ascii_case(named) || skill.id == named);
    match known {
        Some(skill) => Some(SkillId::from(skill.id)),
        None => is_skill_id(named).then(|| SkillId::from(named)),
    }
}

/// Whether this can be a skill's id: at most ten digits, with or without a minus sign.
pub fn is_skill_id(text: &str) -> bool {
    let digits = text.strip_prefix('-').unwrap_or(text);
    (1..=10).contains(&digits.len()) && digits.bytes().all(|b| b.is_ascii_digit())
}

/// Which conversations ring at an agent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Takes {
    /// Those of every skill.
    All,
    /// Those of this skill.
    Only(Skill),
    /// Those of the skills with these ids, and the unassigned ones if nobody else is there.
    Listed(Vec<&'static str>),
    /// Those of every skill but this, the unassigned ones with them.
    AllBut(Skill),
}

impl Takes {
    /// What the person of this name takes; a person from outside takes everything.
    pub fn of(name: &str) -> Self {
        match name {
            RILEY => Self::AllBut(SALES),
            SAM => Self::Only(SALES),
            _ => Self::All,
        }
    }

    /// Whether conversations of this skill ring here.
    pub fn includes(&self, skill: &str) -> bool {
        match self {
            Self::All => true,
            Self::Only(own) => own.id == skill,
            Self::Listed(own) => own.contains(&skill),
            Self::AllBut(other) => other.id != skill,
        }
    }

    /// How well a skill fits, 0 best; `None` for one whose conversations never ring here.
    pub fn rank(&self, skill: &str) -> Option<u8> {
        let as_a_guest = matches!(self, Self::Listed(_)) && skill == UNASSIGNED;
        if self.includes(skill) {
            Some(0)
        } else {
            as_a_guest.then_some(1)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_skill_is_known_by_name_and_id_and_others_by_their_digits() {
        assert_eq!(skill("sales"), Some(SkillId::from(SALES.id)));
        assert_eq!(skill(SERVICE.id), Some(SkillId::from(SERVICE.id)));
        assert_eq!(skill("-1"), Some(SkillId::from("-1")));
        assert_eq!(skill("12345678901"), None);
        assert_eq!(skill("Gardening"), None);
    }

    #[test]
    fn what_is_not_sales_is_rileys() {
        let takes = |name: &str, skill: &str| Takes::of(name).includes(skill);
        assert!(takes(RILEY, "-1") && takes(RILEY, SERVICE.id) && takes(RILEY, "77"));
        assert!(takes(SAM, SALES.id) && !takes(SAM, "-1") && !takes(RILEY, SALES.id));
        assert!(takes("Kim", SALES.id) && takes("Kim", "-1"));
    }
}
