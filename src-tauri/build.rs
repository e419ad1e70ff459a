//! Embeds the window's files and the application's manifest.

fn main() {
    tauri_build::build();
}
