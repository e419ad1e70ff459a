"""Prints the words of a closed grammar that a recording (16 kHz, mono, 16 bit, raw) holds."""

import sys

from pocketsphinx import Decoder

grammar, recording = sys.argv[1:3]
decoder = Decoder(jsgf=grammar, samprate=16000, loglevel="FATAL")
with open(recording, "rb") as sound:
    decoder.start_utt()
    decoder.process_raw(sound.read(), full_utt=True)
    decoder.end_utt()
heard = decoder.hyp()
print(heard.hypstr if heard else "")
