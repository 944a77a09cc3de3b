// SPDX-License-Identifier: Apache-2.0

// MPI as Swift sees it: a box for the communicator, and routines whose datatype and operation
// arguments are macros that expand to casts.
#ifndef VEGARD_MPI_SHIM_H
#define VEGARD_MPI_SHIM_H

#include <malloc.h>
#include <mpi.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

typedef struct VegardComm {
  MPI_Comm handle;
} VegardComm;

typedef enum VegardOperation { VEGARD_SUM, VEGARD_MIN, VEGARD_MAX } VegardOperation;

static inline MPI_Op vegard_operation(VegardOperation operation) {
  switch (operation) {
    case VEGARD_MIN: return MPI_MIN;
    case VEGARD_MAX: return MPI_MAX;
    default: return MPI_SUM;
  }
}

// Errors come back as codes instead of ending the run inside MPI.
static inline VegardComm *vegard_comm_box(MPI_Comm handle) {
  VegardComm *box = (VegardComm *)malloc(sizeof(VegardComm));
  box->handle = handle;
  MPI_Comm_set_errhandler(handle, MPI_ERRORS_RETURN);
  return box;
}

// As PETSc starts it: one thread of a rank calls MPI.
static inline int vegard_mpi_start(void) {
  int provided;
  return MPI_Init_thread(NULL, NULL, MPI_THREAD_FUNNELED, &provided);
}

static inline int vegard_comm_world(VegardComm **box) {
  MPI_Comm copy;
  int code = MPI_Comm_dup(MPI_COMM_WORLD, &copy);
  if (code == MPI_SUCCESS) *box = vegard_comm_box(copy);
  return code;
}

static inline int vegard_comm_split(VegardComm *comm, int color, int key, VegardComm **box) {
  MPI_Comm part;
  int code = MPI_Comm_split(comm->handle, color, key, &part);
  if (code == MPI_SUCCESS) *box = vegard_comm_box(part);
  return code;
}

static inline int vegard_comm_free(VegardComm *comm) {
  int code = MPI_Comm_free(&comm->handle);
  free(comm);
  return code;
}

static inline int vegard_comm_rank(VegardComm *comm, int *rank) {
  return MPI_Comm_rank(comm->handle, rank);
}

static inline int vegard_comm_size(VegardComm *comm, int *size) {
  return MPI_Comm_size(comm->handle, size);
}

static inline int vegard_barrier(VegardComm *comm) { return MPI_Barrier(comm->handle); }

// Waits for all ranks, at most for `seconds` where these are not negative; tells whether all came.
static inline int vegard_barrier_within(VegardComm *comm, double seconds, int *all) {
  MPI_Request request;
  int code = MPI_Ibarrier(comm->handle, &request);
  if (code != MPI_SUCCESS) return code;
  *all = 1;
  if (seconds < 0) return MPI_Wait(&request, MPI_STATUS_IGNORE);
  double end = MPI_Wtime() + seconds;
  do {
    code = MPI_Test(&request, all, MPI_STATUS_IGNORE);
    if (code != MPI_SUCCESS || *all) return code;
    usleep(1000);
  } while (MPI_Wtime() < end);
  return MPI_SUCCESS;
}

static inline int vegard_allreduce_double(
  VegardComm *comm, double *values, int count, VegardOperation operation) {
  return MPI_Allreduce(
    MPI_IN_PLACE, values, count, MPI_DOUBLE, vegard_operation(operation), comm->handle);
}

static inline int vegard_allreduce_int64(
  VegardComm *comm, int64_t *values, int count, VegardOperation operation) {
  return MPI_Allreduce(
    MPI_IN_PLACE, values, count, MPI_INT64_T, vegard_operation(operation), comm->handle);
}

// MPI leaves the result of rank 0 undefined: it is zero here.
static inline int vegard_exscan_int64(VegardComm *comm, int64_t *value) {
  int64_t before = 0;
  int rank = 0;
  int code = MPI_Exscan(value, &before, 1, MPI_INT64_T, MPI_SUM, comm->handle);
  if (code == MPI_SUCCESS) code = MPI_Comm_rank(comm->handle, &rank);
  *value = rank == 0 ? 0 : before;
  return code;
}

static inline int vegard_broadcast(VegardComm *comm, void *bytes, int count, int root) {
  return MPI_Bcast(bytes, count, MPI_BYTE, root, comm->handle);
}

// A negative partner is nobody (MPI_PROC_NULL).
static inline int vegard_send_receive(
  VegardComm *comm, const double *send, int send_count, int destination, double *receive,
  int receive_count, int source) {
  return MPI_Sendrecv(
    send, send_count, MPI_DOUBLE, destination < 0 ? MPI_PROC_NULL : destination, 7, receive,
    receive_count, MPI_DOUBLE, source < 0 ? MPI_PROC_NULL : source, 7, comm->handle,
    MPI_STATUS_IGNORE);
}

static inline int vegard_all_to_all(
  VegardComm *comm, const double *send, const int *send_counts, const int *send_starts,
  double *receive, const int *receive_counts, const int *receive_starts) {
  return MPI_Alltoallv(
    send, send_counts, send_starts, MPI_DOUBLE, receive, receive_counts, receive_starts, MPI_DOUBLE,
    comm->handle);
}

static inline void vegard_abort(VegardComm *comm, int code) { MPI_Abort(comm->handle, code); }

// Before there is a communicator, or when only the world will do.
static inline void vegard_abort_world(int code) { MPI_Abort(MPI_COMM_WORLD, code); }

static inline int vegard_error_text(int code, char *text, int *length) {
  return MPI_Error_string(code, text, length);
}

static inline int vegard_max_error_text(void) { return MPI_MAX_ERROR_STRING; }

static inline int vegard_library_text(char *text, int *length) {
  return MPI_Get_library_version(text, length);
}

static inline int vegard_max_library_text(void) { return MPI_MAX_LIBRARY_VERSION_STRING; }

// Open MPI lets the C library keep all that is freed: a factorisation's gigabyte would stay beside the
// next one. Large blocks have pages of their own again, which go back when they are freed.
static inline void vegard_give_memory_back(void) {
  mallopt(M_MMAP_THRESHOLD, 16 << 20);
  mallopt(M_MMAP_MAX, 65536);
}
#endif
