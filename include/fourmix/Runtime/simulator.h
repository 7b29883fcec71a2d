/* The C interface of the simulator of a Fourier-optical device: a driver (fourmix.h) without hardware. C99, in
 * libFourmix.so.
 *
 * SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 */
#ifndef FOURMIX_RUNTIME_SIMULATOR_H
#define FOURMIX_RUNTIME_SIMULATOR_H

#include "fourmix/Runtime/fourmix.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct fourmix_simulator fourmix_simulator;

/* Loads a command stream. `options` is NULL or "mode=exact|quant|noisy|count,seed=N"; `hash` is NULL or
 * fourmix_model's stream_hash. NULL after an error, which is then in `error` (at most error_bytes, ended by 0). */
fourmix_simulator *fourmix_simulator_open(const char *path, const char *options, const char *hash, char *error,
                                          size_t error_bytes);

/* For fourmix_run_args; valid until the simulator is closed. */
const fourmix_driver *fourmix_simulator_driver(const fourmix_simulator *simulator);

/* What all runs so far used. */
typedef struct fourmix_device_usage {
  uint64_t frames;
  uint64_t link_bytes; /* between host memory and device */
  double seconds;      /* of the device, by the profile's figures */
  double joules;
} fourmix_device_usage;
void fourmix_simulator_usage(const fourmix_simulator *simulator, fourmix_device_usage *usage);

void fourmix_simulator_close(fourmix_simulator *simulator);

#ifdef __cplusplus
}
#endif

#endif /* FOURMIX_RUNTIME_SIMULATOR_H */
