export function toggleFullScreen(): void {
  const wanted = document.fullscreenElement
    ? document.exitFullscreen()
    : document.documentElement.requestFullscreen();
  void wanted.catch(() => {});
}
