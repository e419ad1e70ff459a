//! Mute, as the person wishes and the server says: what is asked, what is answered, and who wins.
//!
//! The server's word comes by the voice feed and by nothing else, unless it does not know that feed. A mute wins over an
//! unmute that is late; an unmute that is not confirmed in time is off.

use crate::asks::{Ask, PATIENCE};
use crate::meeting::{Meeting, Step};
use crate::sound::Said;
use crate::view::Notice;
use crate::{MutationRefusal, Timer};
use protocol::graphql::{Feed, Mutation, VoiceRow};
use protocol::ids::MutationId;

/// How often a mute that the server does not confirm is asked for again.
const MUTE_TRIES: u32 = 3;

impl Meeting {
    /// Own row of the voice feed.
    pub(crate) fn own_voice(&mut self, row: &VoiceRow, step: &mut Step<'_>) {
        let voice = &mut self.voice;
        let member = row.voice_user_id.as_ref().filter(|id| !id.is_empty());
        if row.left_voice_conf == Some(true) {
            // The member before a reconnect may leave after the new one came.
            if member.is_none() || voice.member.is_none() || member == voice.member.as_ref() {
                (voice.said, voice.member, voice.talking) = (Said::Nothing, None, false);
            }
            return;
        }
        if member.is_some() {
            voice.member = member.cloned();
        }
        voice.old_word = false;
        voice.talking = row.talking == Some(true) && row.muted != Some(true);
        match row.muted {
            Some(true) => self.server_muted(step),
            Some(false) => self.server_opened(step),
            None => {}
        }
    }

    fn server_opened(&mut self, step: &mut Step<'_>) {
        let voice = &mut self.voice;
        voice.said = Said::Open;
        voice.by_teacher = false;
        if let Some((id, false)) = voice.asked {
            voice.asked = None;
            step.forget(Timer::Confirm(id));
        }
        // If the person wants it muted, reconcile tells the server so; the gate stays closed either way.
    }

    fn server_muted(&mut self, step: &mut Step<'_>) {
        let locked = self.own.microphone_locked();
        let voice = &mut self.voice;
        let before = std::mem::replace(&mut voice.said, Said::Muted);
        voice.mutes_asked = 0;
        match voice.asked {
            Some((id, true)) => {
                voice.asked = None;
                step.forget(Timer::Confirm(id));
            }
            Some((_, false)) => {}
            None if voice.wish_muted || voice.open_next => {}
            None => {
                voice.wish_muted = true;
                if before == Said::Open && !locked {
                    voice.by_teacher = true;
                    step.notice(Notice::MutedByTeacher);
                }
            }
        }
    }

    /// The first words after coming in, or of a new leg, are overdue: who has no row is muted.
    pub(crate) fn voice_settles(&mut self, step: &mut Step<'_>) {
        if !self.session.is_in() || self.feeds.is_refused(&Feed::Voice) {
            return;
        }
        let unsaid = self.voice.said == Said::Nothing && self.legs.audio.is_up();
        if unsaid || (self.voice.old_word && self.voice.said == Said::Open) {
            self.voice.old_word = false;
            self.server_muted(step);
        }
    }

    pub(crate) fn mute_answered(
        &mut self,
        id: MutationId,
        muted: bool,
        result: Result<(), MutationRefusal>,
        step: &mut Step<'_>,
    ) {
        if self.voice.asked != Some((id, muted)) {
            return;
        }
        match result {
            // Without the feed the answer is the best word there is.
            Ok(()) if self.feeds.is_refused(&Feed::Voice) => {
                if muted {
                    self.server_muted(step);
                } else {
                    self.server_opened(step);
                }
            }
            Ok(()) => {}
            Err(refusal) => {
                self.voice.asked = None;
                self.voice.wish_muted = true;
                step.forget(Timer::Confirm(id));
                if refusal == MutationRefusal::Denied {
                    let locked = self.own.microphone_locked();
                    step.notice(if locked { Notice::MicrophoneLocked } else { Notice::ActionRefused });
                }
            }
        }
    }

    pub(crate) fn mute_unconfirmed(&mut self, id: MutationId, step: &mut Step<'_>) {
        match self.voice.asked {
            Some((asked, muted)) if asked == id => {
                self.voice.asked = None;
                // What is as it was asked for already, without another word, is no failure.
                if !muted && self.voice.said == Said::Open {
                    return;
                }
                self.voice.wish_muted = true;
                if !muted || (self.voice.said == Said::Open && self.voice.mutes_asked >= MUTE_TRIES) {
                    step.notice(Notice::ActionTooLate);
                }
            }
            _ => {}
        }
    }

    /// Muting everybody mutes me, too, unless I present: that is no teacher's doing to me.
    pub(crate) fn mutes_itself(&mut self, step: &mut Step<'_>) {
        if !self.own.presenter {
            self.want_muted(true, step);
            self.close_gate_if_due(step);
        }
    }

    pub(crate) fn reconcile_mute(&mut self, step: &mut Step<'_>) {
        let unmute_on_its_way = matches!(self.voice.asked, Some((_, false)));
        let mute_on_its_way = matches!(self.voice.asked, Some((_, true)));
        let must_mute = unmute_on_its_way || (self.voice.said == Said::Open && !self.voice.old_word);
        if self.voice.wish_muted {
            self.voice.open_next = false;
            if must_mute && !mute_on_its_way && self.voice.mutes_asked < MUTE_TRIES {
                self.voice.mutes_asked += 1;
                self.ask_muted(true, step);
            }
        } else if self.voice.open_next && self.voice.said == Said::Open && !mute_on_its_way {
            self.voice.open_next = false;
        } else if self.voice.open_next && self.legs.audio.is_up() && !unmute_on_its_way {
            self.voice.open_next = false;
            self.ask_muted(false, step);
        }
    }

    fn ask_muted(&mut self, muted: bool, step: &mut Step<'_>) {
        if let Some((old, _)) = self.voice.asked.take() {
            step.forget(Timer::Confirm(old));
        }
        let mutation = Mutation::SetMuted { user: self.own.user.clone(), muted };
        let id = self.ask(Ask::Mute { muted }, mutation, Some(PATIENCE), step);
        self.voice.asked = Some((id, muted));
    }
}
