// SPDX-License-Identifier: Apache-2.0

// What reading foreign HDF5 files needs beyond the plain calls: the identity of objects, where
// links lead, and last words when HDF5 itself crashes on damaged bytes.
#ifndef VEGARD_HDF5_READING_SHIM_H
#define VEGARD_HDF5_READING_SHIM_H

#include <hdf5.h>
#include <signal.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/time.h>
#include <unistd.h>

// Equal for all links that lead to one object; the routine and its record changed in HDF5 1.12.
static inline herr_t vegard_h5_identity(hid_t object, uint64_t identity[3]) {
#if H5_VERSION_GE(1, 12, 0)
  H5O_info2_t info;
  if (H5Oget_info3(object, &info, H5O_INFO_BASIC) < 0) return -1;
  identity[0] = info.fileno;
  memcpy(identity + 1, &info.token, 16);
#else
  H5O_info_t info;
  if (H5Oget_info(object, &info) < 0) return -1;
  identity[0] = info.fileno;
  identity[1] = info.addr;
  identity[2] = 0;
#endif
  return 0;
}

// Where a soft or external link leads ("FILE:PATH"); empty for a hard one. The record changed in
// HDF5 1.12 and holds a union that the importer does not see.
static inline void vegard_h5_link_target(hid_t file, const char *path, char *text, size_t capacity) {
  text[0] = 0;
#if H5_VERSION_GE(1, 12, 0)
  H5L_info2_t info;
  if (H5Lget_info2(file, path, &info, H5P_DEFAULT) < 0) return;
#else
  H5L_info_t info;
  if (H5Lget_info(file, path, &info, H5P_DEFAULT) < 0) return;
#endif
  if (info.type == H5L_TYPE_HARD || info.u.val_size >= capacity) return;
  char *value = (char *)calloc(1, capacity);
  if (!value) return;
  if (H5Lget_val(file, path, value, capacity - 1, H5P_DEFAULT) >= 0) {
    const char *name = NULL, *object = NULL;
    unsigned flags = 0;
    if (info.type == H5L_TYPE_SOFT) {
      strncpy(text, value, capacity - 1);
    } else if (H5Lunpack_elink_val(value, info.u.val_size, &flags, &name, &object) >= 0) {
      strncpy(text, name, capacity - 1);
      strncat(text, ":", capacity - 1 - strlen(text));
      strncat(text, object, capacity - 1 - strlen(text));
    }
  }
  free(value);
}

// Signal handlers are C functions that may call little, so what they say stands ready in advance.
#define VEGARD_CRASH_COUNT 5
typedef struct {
  struct sigaction before;  // of SIGPROF
  char words[2][4400];  // while reading, and after
  int depth;
  void (*tidy)(void);
} VegardCrashWatch;

static inline VegardCrashWatch *vegard_crash_watch(void) {
  static VegardCrashWatch watch;
  return &watch;
}

static inline int vegard_crash_signal(int index) {
  const int signals[VEGARD_CRASH_COUNT] = {SIGSEGV, SIGBUS, SIGFPE, SIGABRT, SIGPROF};
  return signals[index];
}

static void vegard_h5_last_words(int number) {
  (void)number;
  const char *words = vegard_crash_watch()->words[vegard_crash_watch()->depth > 0 ? 0 : 1];
  ssize_t written = write(STDERR_FILENO, words, strlen(words));
  (void)written;
  vegard_crash_watch()->tidy();
  _exit(4);
}

// From here to the matching end, a crash is HDF5's own on the file at `path`: it is said, and the
// process ends with the exit code of input and output. A crash later is laid at the file with a doubt:
// what HDF5 spoils in memory may show much later. Not for Swift's traps, which are SIGILL. Some
// damaged heaps let HDF5 go round for ever: so many seconds of computing count as a crash, too. `tidy`
// removes what is not whole; it may take no lock and no memory.
static inline void vegard_h5_reading_begins(const char *path, int seconds, void (*tidy)(void)) {
  VegardCrashWatch *watch = vegard_crash_watch();
  if (watch->depth++ > 0) return;
  watch->tidy = tidy;
  static char stack[65536];  // a recursion without end leaves no room on the usual one
  stack_t alternative;
  memset(&alternative, 0, sizeof alternative);
  alternative.ss_sp = stack;
  alternative.ss_size = sizeof stack;
  sigaltstack(&alternative, NULL);
  const char *before[2] = {"vegard: HDF5 broke down on damaged bytes while reading ",
                           "vegard: broke down after reading "};
  const char *after[2] = {"\n", ": either its bytes are damaged, or this is a fault of vegard\n"};
  for (int i = 0; i < 2; i++) {
    strcpy(watch->words[i], before[i]);
    strncat(watch->words[i], path, 4000);
    strcat(watch->words[i], after[i]);
  }
  struct sigaction action;
  memset(&action, 0, sizeof action);
  action.sa_handler = vegard_h5_last_words;
  action.sa_flags = SA_ONSTACK;
  for (int i = 0; i < VEGARD_CRASH_COUNT; i++)
    sigaction(vegard_crash_signal(i), &action, i == VEGARD_CRASH_COUNT - 1 ? &watch->before : NULL);
  struct itimerval limit = {{0, 0}, {seconds, 0}};
  setitimer(ITIMER_PROF, &limit, NULL);
}

static inline void vegard_h5_reading_ends(void) {
  VegardCrashWatch *watch = vegard_crash_watch();
  if (--watch->depth > 0) return;
  struct itimerval none = {{0, 0}, {0, 0}};
  setitimer(ITIMER_PROF, &none, NULL);
  sigaction(SIGPROF, &watch->before, NULL);
}
#endif
