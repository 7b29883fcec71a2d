// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef DIALECTS_OPTIC_TRANSFORMS_PASSES_TD
#define DIALECTS_OPTIC_TRANSFORMS_PASSES_TD

include "mlir/Pass/PassBase.td"

def OpticSchedule : Pass<"optic-schedule", "::fourmix::optic::ProgramOp"> {
  let summary = "Give tiles their slots and order the queues by tokens.";
  let description = [{
    A tile that is made in an iteration of a loop gets slots that the iterations use in turn, so that queues work on
    several iterations at the same time: what the device has is shared among the tiles between two barriers, as far as
    it is useful. Of fields and captures as many as keep all engines at work: the frames that start within the time from a
    frame to its capture, one that is being loaded and one that is being read, `engines (1 + latency_s frame_hz) + 2`; of
    tiles of the electronics four. `depth` replaces both. A share is rounded down to a power of two. Where a tile goes
    from one queue to the next a token says that it is full, and from the last queue back to the first a token says that
    it is free. Tiles of one iteration that go the same way, the fields of bit planes, say, share their tokens, and where
    the device has too few slots for them all, their slots.

    ```mlir
    %f = optic.load_field re %x : ... row ... col ... offset ...
    %c = optic.fire ft %f detect iq
    // optic-schedule{device=ofe-11} =>
    %f = optic.load_field re %x : ... {signal = 1 : i32, slot = #optic.slot<0 rotate 8>, wait = 2 : i32}
    %c = optic.fire ft %f detect iq {signal = 2 : i32, slot = #optic.slot<0 rotate 8>, wait = 1 : i32}
    ```
  }];
  let options = [
    Option<"device", "device", "std::string", "\"ideal\"", "A profile's name or file.">,
    Option<"depth", "depth", "int64_t", "0",
           "The most slots that one tile uses in turn; 0: as many as keep the engines at work.">
  ];
}

#endif // DIALECTS_OPTIC_TRANSFORMS_PASSES_TD
