//! The tiles of the window, and how a picture gets to them.

use crate::api::{FrameSink, Tile, TileStats, VideoSource};
use crate::clock;
use media::I420;
use media::scale::{Fit, scale};
use parking_lot::Mutex;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Instant;

/// The window as the pipelines see it.
pub(crate) struct Show {
    sink: Arc<dyn FrameSink>,
    tiles: Mutex<Arc<Vec<Tile>>>,
    stats: Mutex<BTreeMap<u32, TileStats>>,
    start: Instant,
}

impl Show {
    pub(crate) fn new(sink: Arc<dyn FrameSink>) -> Self {
        Self { sink, tiles: Mutex::default(), stats: Mutex::default(), start: clock::now() }
    }

    pub(crate) fn set_tiles(&self, tiles: Vec<Tile>) {
        self.stats.lock().retain(|id, _| tiles.iter().any(|tile| tile.id == *id));
        *self.tiles.lock() = Arc::new(tiles);
    }

    pub(crate) fn tiles(&self) -> Arc<Vec<Tile>> {
        Arc::clone(&self.tiles.lock())
    }

    /// Does any tile show this?
    pub(crate) fn shows(&self, source: &VideoSource) -> bool {
        self.tiles().iter().any(|tile| tile.source == *source)
    }

    /// Milliseconds since the engine started.
    pub(crate) fn now_ms(&self) -> u32 {
        clock::ms_since(self.start)
    }

    /// Gives the picture to every tile that shows its source, each in its size; tiles of one size share one picture.
    pub(crate) fn picture(&self, source: &VideoSource, picture: &Arc<I420>) {
        let tiles = self.tiles();
        let at_ms = self.now_ms();
        let mut made: Vec<(u32, u32, Fit, Arc<I420>)> = Vec::new();
        for tile in tiles.iter().filter(|tile| tile.source == *source) {
            let known = made.iter().find(|(w, h, fit, _)| (*w, *h, *fit) == (tile.width, tile.height, tile.fit));
            let fitted = match known {
                Some((_, _, _, fitted)) => Arc::clone(fitted),
                None => {
                    let fitted = fitted(picture, tile);
                    made.push((tile.width, tile.height, tile.fit, Arc::clone(&fitted)));
                    fitted
                }
            };
            let taken = self.sink.deliver(tile.id, fitted, at_ms);
            let mut stats = self.stats.lock();
            let stats = stats.entry(tile.id).or_insert(TileStats { id: tile.id, ..TileStats::default() });
            if taken {
                stats.delivered += 1;
            } else {
                stats.refused += 1;
            }
        }
    }

    pub(crate) fn stats(&self) -> Vec<TileStats> {
        self.stats.lock().values().copied().collect()
    }
}

/// The picture for this tile; as it is where nothing is to be scaled or cut.
fn fitted(picture: &Arc<I420>, tile: &Tile) -> Arc<I420> {
    let same = picture.width == tile.width && picture.height == tile.height;
    let smaller = tile.fit == Fit::Contain && picture.width <= tile.width && picture.height <= tile.height;
    if same || smaller { Arc::clone(picture) } else { Arc::new(scale(picture, tile.width, tile.height, tile.fit)) }
}

#[cfg(test)]
mod tests {
    use super::*;

    type Given = Vec<(u32, u32, u32)>;

    #[derive(Default)]
    struct Sink(Mutex<Given>);

    impl FrameSink for Sink {
        fn deliver(&self, tile: u32, frame: Arc<I420>, _at_ms: u32) -> bool {
            self.0.lock().push((tile, frame.width, frame.height));
            tile != 9
        }
    }

    #[test]
    fn each_tile_gets_its_size_and_other_sources_nothing() {
        let sink = Arc::new(Sink::default());
        let show = Show::new(Arc::clone(&sink) as Arc<dyn FrameSink>);
        let tile = |id, source, width, height| Tile { id, source, width, height, fit: Fit::Contain };
        show.set_tiles(vec![
            tile(1, VideoSource::Own, 160, 120),
            tile(2, VideoSource::Screen, 160, 120),
            tile(9, VideoSource::Own, 1000, 1000),
        ]);
        show.picture(&VideoSource::Own, &Arc::new(I420::black(640, 480)));
        assert_eq!(*sink.0.lock(), [(1, 160, 120), (9, 640, 480)]);
        assert!(show.shows(&VideoSource::Screen) && !show.shows(&VideoSource::Stream("x".into())));
        let stats = show.stats();
        assert_eq!((stats[0].delivered, stats[1].refused), (1, 1));
        show.set_tiles(vec![]);
        assert!(show.stats().is_empty());
    }
}
