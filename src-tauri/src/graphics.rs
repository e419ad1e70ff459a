//! How the window is drawn where there is no GPU.

/// On Linux without a GPU, WebKitGTK's DMA-BUF renderer halves the frame rate of a software-drawn window; it can only be
/// switched off by an environment variable set before GTK starts, so the process replaces itself once.
pub(crate) fn prepare() {
    #[cfg(target_os = "linux")]
    if drawn_in_software() {
        linux::without_dmabuf();
    }
}

/// No GPU draws the window. Only Linux is looked at: elsewhere the web view names its renderer itself.
pub(crate) fn drawn_in_software() -> bool {
    #[cfg(target_os = "linux")]
    return !linux::has_render_node();
    #[cfg(not(target_os = "linux"))]
    false
}

#[cfg(target_os = "linux")]
mod linux {
    use std::os::unix::process::CommandExt as _;

    const SWITCH: &str = "WEBKIT_DISABLE_DMABUF_RENDERER";

    pub(super) fn has_render_node() -> bool {
        std::fs::read_dir("/dev/dri").is_ok_and(|mut nodes| {
            nodes.any(|node| node.is_ok_and(|n| n.file_name().to_string_lossy().starts_with("render")))
        })
    }

    pub(super) fn without_dmabuf() {
        if std::env::var_os(SWITCH).is_some() {
            return;
        }
        let Ok(program) = std::env::current_exe() else { return };
        // Only returns when the process could not be replaced; then the window is slower, no more.
        let error = std::process::Command::new(program).args(std::env::args_os().skip(1)).env(SWITCH, "1").exec();
        eprintln!("the window will be drawn slowly: {error}");
    }
}
