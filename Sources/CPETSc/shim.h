// SPDX-License-Identifier: Apache-2.0

// PETSc as Swift sees it. Each inline function here exists because the importer cannot do
// without it; the reason stands above it.
#ifndef VEGARD_PETSC_SHIM_H
#define VEGARD_PETSC_SHIM_H

#include <linux/falloc.h>
#include <petscksp.h>
#include "mpi_shim.h"

// PetscInitialize wants the arguments of main, of which these two count only there: without PETSc's
// own signal handlers, and without options of the working directory's .petscrc.
static inline PetscErrorCode vegard_petsc_initialize(const char *options) {
  static char name[] = "vegard", handlers[] = "-no_signal_handler", file[] = "-skip_petscrc";
  static char *words[] = {name, handlers, file, NULL};
  static char **list = words;
  static int count = 3;
  PetscErrorCode code = PetscInitialize(&count, &list, NULL, NULL);
  if (code) return code;
  return PetscOptionsInsertString(NULL, options);
}

// The creating routines take an MPI_Comm, which never surfaces as a Swift type: it is a pointer
// in Open MPI and an integer in MPICH.
static inline PetscErrorCode vegard_vec_create(
  VegardComm *comm, PetscInt local, Vec *vector) {
  return VecCreateMPI(comm->handle, local, PETSC_DETERMINE, vector);
}

static inline PetscErrorCode vegard_mat_create(VegardComm *comm, Mat *matrix) {
  return MatCreate(comm->handle, matrix);
}

static inline PetscErrorCode vegard_mat_create_dense(
  VegardComm *comm, PetscInt local_rows, PetscInt columns, Mat *matrix) {
  PetscErrorCode code = MatCreateDense(
    comm->handle, local_rows, PETSC_DECIDE, PETSC_DETERMINE, columns, NULL, matrix);
  if (code) return code;
  code = MatAssemblyBegin(*matrix, MAT_FINAL_ASSEMBLY);
  if (code) return code;
  return MatAssemblyEnd(*matrix, MAT_FINAL_ASSEMBLY);
}

static inline PetscErrorCode vegard_ksp_create(VegardComm *comm, KSP *solver) {
  return KSPCreate(comm->handle, solver);
}

static inline PetscErrorCode vegard_null_space_create(
  VegardComm *comm, PetscInt count, const Vec *vectors, MatNullSpace *space) {
  return MatNullSpaceCreate(comm->handle, PETSC_FALSE, count, vectors, space);
}

static inline PetscErrorCode vegard_is_create(
  VegardComm *comm, PetscInt count, const PetscInt *indices, IS *set) {
  return ISCreateGeneral(comm->handle, count, indices, PETSC_COPY_VALUES, set);
}

// The C library declares it for _GNU_SOURCE only, which the importer does not define. The file's size
// stays as it is.
extern int fallocate(int file, int mode, off_t start, off_t count);
static inline int vegard_take_room(int file, off_t start, off_t count) {
  return fallocate(file, FALLOC_FL_KEEP_SIZE, start, count);
}

// PETSC_COMM_SELF expands to a cast.
static inline MPI_Comm vegard_comm_self(void) { return PETSC_COMM_SELF; }

// PETSC_DEFAULT and PETSC_DECIDE are macros with casts.
static inline PetscInt vegard_petsc_default(void) { return PETSC_DEFAULT; }

// What the compiler was told about the machine; folded to a constant.
static inline const char *vegard_vector_level(void) {
#if defined(__AVX512F__)
  return "AVX-512";
#elif defined(__AVX2__) && defined(__FMA__)
  return "AVX2 + FMA";
#elif defined(__FMA__)
  return "FMA";
#else
  return "baseline (no FMA: build with MARCH=native or x86-64-v3)";
#endif
}
#endif
