//! What the pupils are called, say and write.

use crate::config::Language;

/// First names, as in the pictures of the window.
pub(crate) const NAMES: [&str; 24] = [
    "Lina", "Adam", "Emma", "Noé", "Jade", "Hugo", "Inès", "Louise", "Gabriel", "Zoé", "Léo", "Manon", "Arthur",
    "Chloé", "Jules", "Alice", "Lucas", "Camille", "Nathan", "Sarah", "Tom", "Eva", "Malo", "Rose",
];

/// What a sentence is good for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Occasion {
    Greeting,
    Answer,
    Question,
    Aside,
}

/// A sentence that pupils can say.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Line {
    pub(crate) occasion: Occasion,
    french: &'static str,
    english: &'static str,
}

impl Line {
    pub(crate) fn text(&self, language: Language) -> &'static str {
        match language {
            Language::French => self.french,
            Language::English => self.english,
        }
    }
}

const fn line(occasion: Occasion, french: &'static str, english: &'static str) -> Line {
    Line { occasion, french, english }
}

/// Spoken sentences. Their places are part of the names of the voice files: add at the end.
pub(crate) const SPOKEN: [Line; 12] = [
    line(Occasion::Greeting, "Bonjour madame, bonjour tout le monde !", "Good morning, miss! Good morning, everybody!"),
    line(Occasion::Answer, "Oui, on vous entend très bien.", "Yes, we can hear you very well."),
    line(Occasion::Answer, "Je crois que la réponse est douze.", "I think the answer is twelve."),
    line(Occasion::Answer, "Moi, j'ai trouvé dix quinzièmes.", "I found ten fifteenths."),
    line(Occasion::Answer, "C'est parce qu'on multiplie les deux nombres.", "It is because we multiply both numbers."),
    line(
        Occasion::Question,
        "J'ai une question : à quelle page est l'exercice ?",
        "I have a question: which page is the exercise on?",
    ),
    line(Occasion::Question, "Est-ce que vous pouvez répéter, s'il vous plaît ?", "Could you say that again, please?"),
    line(Occasion::Question, "Est-ce qu'il faut recopier le tableau ?", "Do we have to copy the table?"),
    line(Occasion::Aside, "J'ai fini l'exercice.", "I have finished the exercise."),
    line(Occasion::Aside, "Attendez, je cherche mon cahier.", "Wait, I am looking for my notebook."),
    line(Occasion::Answer, "Oui madame, je vois bien le tableau.", "Yes, miss, I can see the board well."),
    line(Occasion::Aside, "D'accord, merci beaucoup.", "All right, thank you very much."),
];

/// Written sentences.
pub(crate) const WRITTEN: [Line; 10] = [
    line(Occasion::Greeting, "Bonjour !", "Good morning!"),
    line(Occasion::Greeting, "Bonjour madame 🙂", "Hello miss 🙂"),
    line(Occasion::Answer, "Je trouve 10/15", "I get 10/15"),
    line(Occasion::Answer, "Moi aussi", "Me too"),
    line(Occasion::Answer, "Oui, c'est bon pour moi", "Yes, fine for me"),
    line(Occasion::Answer, "D'accord", "OK"),
    line(Occasion::Question, "C'est à quelle page ?", "Which page is it?"),
    line(Occasion::Question, "C'est noté ?", "Is it graded?"),
    line(Occasion::Aside, "J'ai fini", "Finished"),
    line(Occasion::Aside, "Le son est bon maintenant", "The sound is good now"),
];

/// The name of pupil number `n`; a number follows where names run out.
pub(crate) fn name(n: usize) -> String {
    let name = NAMES[n % NAMES.len()];
    match n / NAMES.len() {
        0 => name.to_owned(),
        round => format!("{name} {}", round + 1),
    }
}
