/* Runs one program of a command stream on the simulator of its device, from plain C: a stream, a driver, buffers.
 *
 *     fourmix-compile examples/optic/dft.mlir --compile-from=spectral --device=ofe-11 --emit=stream -o dft.focs
 *     cc -I include examples/optic/transform.c -o transform -L build/lib -lFourmix -Wl,-rpath,build/lib -lm
 *     ./transform dft.focs mode=noisy,seed=1
 *
 * A driver of hardware has the same interface; only fourmix_simulator_open would be another function.
 *
 * SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 */
#include "fourmix/Runtime/simulator.h"
#include <math.h>
#include <stdio.h>

enum { N = 11 };

int main(int argc, char **argv) {
  static float x[N][N], re[N][N], im[N][N];
  /* In the order of the program's bindings, which fourmix-sim --info lists: inputs, then outputs. */
  void *buffers[] = {x, re, im};
  char error[512];
  fourmix_simulator *simulator;
  const fourmix_driver *driver;
  fourmix_device_usage usage;
  fourmix_status status;
  int r, c;
  if (argc < 2 || argc > 3) {
    fprintf(stderr, "usage: transform dft.focs [mode=exact|quant|noisy|count,seed=N]\n");
    return 1;
  }
  /* A wave with two periods down and three across. */
  for (r = 0; r < N; ++r)
    for (c = 0; c < N; ++c)
      x[r][c] = (float)cos(2 * 3.14159265358979323846 * (2 * r + 3 * c) / N);

  /* Decodes the stream, checks every rule that a stream obeys, loads its factors. */
  simulator = fourmix_simulator_open(argv[1], argc > 2 ? argv[2] : NULL, NULL, error, sizeof(error));
  if (!simulator) {
    fprintf(stderr, "transform: %s\n", error);
    return 1;
  }
  driver = fourmix_simulator_driver(simulator);
  status = driver->run(driver->ctx, 0, buffers, sizeof(buffers) / sizeof(buffers[0]));
  if (status != FOURMIX_OK) {
    fprintf(stderr, "transform: %s\n", fourmix_status_text(status));
    fourmix_simulator_close(simulator);
    return 1;
  }
  /* A wave is two peaks of N * N / 2, at its frequency and at the negative one. */
  for (r = 0; r < N; ++r)
    for (c = 0; c < N; ++c)
      if (hypot(re[r][c], im[r][c]) > N)
        printf("(%d, %d): %.2f %+.2fi\n", r, c, re[r][c], im[r][c]);
  fourmix_simulator_usage(simulator, &usage);
  printf("%llu frames, %llu bytes over the links, %.3g s, %.3g J\n", (unsigned long long)usage.frames,
         (unsigned long long)usage.link_bytes, usage.seconds, usage.joules);
  fourmix_simulator_close(simulator);
  return 0;
}
