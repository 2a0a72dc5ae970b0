//! `handset stage`: the phone as a brand's, for a demo in front of people.

use crate::{
    cli::{
        commands::{
            phone::{self, PhoneArgs},
            play,
        },
        own::OwnFiles,
        presenter,
        show::ShowArgs,
    },
    config::{
        brand::{self, BrandLook, BrandPack},
        paths,
    },
    tui::stage::{Stage, StageFrame},
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
    #[arg(long, requires = "file")]
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

impl StageArgs {
    /// The dress these flags ask for.
    fn dress(&mut self) -> anyhow::Result<Box<Stage>> {
        let asked = self.phone.brand.take();
        let pack = pack(asked.as_deref())?;
        self.phone.brand = Some(pack.name.clone());
        Ok(Box::new(Stage::new(pack, self.look, self.frame)))
    }
}

/// Shows the phone on stage until the user leaves or the system says stop.
pub(crate) async fn run(mut args: StageArgs) -> anyhow::Result<()> {
    if args.notes {
        return presenter::follow().await;
    }
    let stage = args.dress()?;
    if let Some(file) = &args.file {
        let own = OwnFiles::read();
        let show = args.show.read(file, &own)?;
        if !args.live {
            return Box::pin(play::on_screen(&args.show, show, own, Some(stage))).await;
        }
        args.phone.plays = Some((file.clone(), show.settings));
    }
    args.phone.stage = Some(stage);
    Box::pin(phone::run(args.phone)).await
}
