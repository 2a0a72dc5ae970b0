//! `handset stage`: the phone as a brand's, for a demo in front of people.

use std::io::{self, IsTerminal, Write};

use crate::{
    cli::{
        commands::{
            phone::{self, PhoneArgs},
            play,
        },
        output,
        own::OwnFiles,
        presenter,
        show::{ReadyShow, ShowArgs},
        terminfo,
    },
    config::{
        brand::{self, BrandLook, BrandPack},
        paths,
    },
    tui::{
        stage::{self, Stage, StageFrame},
        theme::styles::Depth,
    },
};

/// The brand that is shown where none is named.
const USUAL: &str = "plain";

/// Shows the phone as a brand's, with nothing on the screen that is not the brand's.
#[derive(Debug, clap::Args)]
pub(crate) struct StageArgs {
    /// The scenario that is played as a show, perhaps with `:LINE` behind it for the scene around
    /// that line; without one the phone is yours.
    #[arg(value_name = "FILE")]
    file: Option<String>,

    /// Play the scenario for real, on the phone and its cloud.
    #[arg(long, requires = "file", conflicts_with_all = ["ghost", "cast", "svg"])]
    live: bool,

    /// Show in this terminal what comes next on a stage that is open in another one.
    #[arg(long, conflicts_with_all = ["file", "live"])]
    notes: bool,

    #[command(flatten)]
    show: ShowArgs,

    /// The look of the conversation [default: the brand pack's].
    #[arg(long, value_name = "LOOK", value_parser = look)]
    look: Option<BrandLook>,

    /// What is around the conversation: the edge of a phone, or nothing.
    #[arg(long, value_name = "FRAME", value_parser = frame, default_value = "phone")]
    frame: StageFrame,

    /// Look at a brand pack instead: what is wrong with it, how it looks in windows of several
    /// sizes, and how large the text will be in this one.
    #[arg(long, value_name = "NAME|DIR", num_args = 0..=1, default_missing_value = "")]
    check: Option<String>,

    #[command(flatten)]
    phone: PhoneArgs,
}

/// A look by its name.
fn look(name: &str) -> Result<BrandLook, String> {
    let found = BrandLook::ALL.into_iter().find(|(known, _)| *known == name);
    found.map(|(_, look)| look).ok_or_else(|| {
        let known = BrandLook::ALL.map(|(known, _)| known).join(", ");
        format!("there is no such look; choose one of {known}")
    })
}

/// A frame by its name.
fn frame(name: &str) -> Result<StageFrame, String> {
    match name {
        "phone" => Ok(StageFrame::Phone),
        "none" => Ok(StageFrame::None),
        _ => Err("it is either phone or none".to_owned()),
    }
}

/// The pack that is asked for: an embedded one, one of the user's own, or one in a folder.
pub(crate) fn pack(asked: Option<&str>) -> anyhow::Result<BrandPack> {
    let own = paths::brands_dir();
    Ok(brand::find(asked.unwrap_or(USUAL), own.as_deref())?)
}

/// The dress that is asked for; the phone's brand is called as its pack.
pub(crate) fn dress(
    phone: &mut PhoneArgs,
    look: Option<BrandLook>,
    frame: StageFrame,
) -> anyhow::Result<Box<Stage>> {
    let pack = pack(phone.brand.as_deref())?;
    phone.brand = Some(pack.name.clone());
    Ok(Box::new(Stage::new(pack, look, frame)))
}

/// Plays a scenario for real on stage.
pub(crate) async fn live(
    mut phone: PhoneArgs,
    file: String,
    show: ReadyShow,
    stage: Box<Stage>,
) -> anyhow::Result<()> {
    phone.plays = Some((file, show.settings));
    phone.stage = Some(stage);
    Box::pin(phone::run(phone, None)).await
}

/// Looks at a pack, and says what there is to say of it.
fn check(args: &StageArgs, asked: &str, out: &mut impl Write) -> anyhow::Result<()> {
    let named = Some(asked).filter(|asked| !asked.is_empty());
    let pack = pack(named.or(args.phone.brand.as_deref()))?;
    let depth = if io::stdout().is_terminal() {
        terminfo::depth()
    } else {
        Depth::None
    };
    let look = args.look.unwrap_or(pack.look);
    let mut text = String::new();
    for size in stage::check::SIZES {
        let picture = stage::check::picture(&pack, look, args.frame, depth, size);
        text = format!("{text}{}×{}\n{picture}\n", size.0, size.1);
    }
    let remarks = stage::check::remarks(&pack, depth);
    for remark in &remarks {
        text = format!("{text}{}: {remark}\n", pack.key);
    }
    if remarks.is_empty() {
        text = format!(
            "{text}{}: every word can be read on what is behind it\n",
            pack.key
        );
    }
    if let (true, Ok((columns, rows))) = (io::stdout().is_terminal(), crossterm::terminal::size()) {
        text = format!("{text}{}\n", stage::check::size_words(columns, rows));
    }
    output::print(out, &text, "the look of the brand pack")
}

/// Shows the phone on stage until the user leaves or the system says stop; or looks at a pack.
pub(crate) async fn run(mut args: StageArgs, out: &mut impl Write) -> anyhow::Result<()> {
    if let Some(asked) = &args.check {
        return check(&args, asked, out);
    }
    if args.notes {
        return presenter::follow().await;
    }
    let stage = dress(&mut args.phone, args.look, args.frame)?;
    if let Some(file) = args.file {
        let own = OwnFiles::read();
        let show = args.show.read(&file, &own)?;
        if !args.live {
            return Box::pin(play::on_screen(&args.show, show, own, Some(stage))).await;
        }
        return Box::pin(live(args.phone, file, show, stage)).await;
    }
    args.phone.stage = Some(stage);
    Box::pin(phone::run(args.phone, None)).await
}
