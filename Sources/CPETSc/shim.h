// SPDX-License-Identifier: Apache-2.0

// PETSc as Swift sees it. Each inline function here exists because the importer cannot do
// without it; the reason stands above it.
#ifndef VEGARD_PETSC_SHIM_H
#define VEGARD_PETSC_SHIM_H

#include <dlfcn.h>
#include <linux/falloc.h>
// Before PETSc's headers, which make macros of MPI's calls that count in variables of its library.
#include "mpi_shim.h"
#include <petscksp.h>

// PETSc's library has a hundred others behind it, which the loader takes 45 ms to bind. So the program
// is not linked with it but opens it when a session starts (PETScLibrary.swift). What is called of it
// stands in this list; the types are those of PETSc's own headers.
#define VEGARD_PETSC_ROUTINES(of) \
  of(ISCreateGeneral) of(ISDestroy) \
  of(KSPCreate) of(KSPDestroy) of(KSPGetConvergedReason) of(KSPGetPC) of(KSPMatSolve) \
  of(KSPSetFromOptions) of(KSPSetNormType) of(KSPSetOperators) of(KSPSetOptionsPrefix) \
  of(KSPSetTolerances) of(KSPSetType) of(KSPSetUp) of(KSPSolve) \
  of(MatAssemblyBegin) of(MatAssemblyEnd) of(MatAXPY) of(MatCreate) of(MatCreateDense) \
  of(MatDenseGetArray) of(MatDenseGetColumnVec) of(MatDenseRestoreArray) \
  of(MatDenseRestoreColumnVec) of(MatDestroy) of(MatGetOwnershipRange) of(MatGetSize) of(MatMult) \
  of(MatNullSpaceCreate) of(MatNullSpaceDestroy) of(MatResidual) of(MatSetBlockSize) \
  of(MatSetNearNullSpace) of(MatSetNullSpace) of(MatSetOption) of(MatSetSizes) of(MatSetType) \
  of(MatSetValuesBlocked) of(MatXAIJSetPreallocation) \
  of(PCFactorSetMatSolverType) of(PCGetFailedReason) of(PCSetType) \
  of(PetscDataTypeFromString) of(PetscDataTypeGetSize) of(PetscFinalize) of(PetscInitialize) \
  of(PetscOptionsHasName) of(PetscOptionsInsertString) of(PetscOptionsSetValue) \
  of(PetscPushErrorHandler) \
  of(VecAXPY) of(VecCopy) of(VecCreateMPI) of(VecCreateSeq) of(VecDestroy) of(VecDot) \
  of(VecDuplicate) of(VecGetArrayRead) of(VecNorm) of(VecNormalize) of(VecRestoreArrayRead) \
  of(VecScatterBegin) of(VecScatterCreate) of(VecScatterDestroy) of(VecScatterEnd)

typedef struct VegardPETSc {
#define VEGARD_ROUTINE(name) __typeof__(name) *name;
  VEGARD_PETSC_ROUTINES(VEGARD_ROUTINE)
#undef VEGARD_ROUTINE
} VegardPETSc;

// Fills in the routines; the name of one that the library lacks, or NULL. VEGARD_PETSC_LINKED links
// a PETSc that cannot be opened, such as an archive.
static inline const char *vegard_petsc_find(void *library, VegardPETSc *petsc) {
#ifdef VEGARD_PETSC_LINKED
#define VEGARD_ROUTINE(name) petsc->name = name;
#else
#define VEGARD_ROUTINE(name) \
  if (!(petsc->name = (__typeof__(name) *)dlsym(library, #name))) return #name;
#endif
  VEGARD_PETSC_ROUTINES(VEGARD_ROUTINE)
#undef VEGARD_ROUTINE
  return NULL;
}

// Whether the library has the numbers of the headers: the same name serves real and complex ones, and
// both lengths of indices. May be called before PetscInitialize.
static inline int vegard_petsc_fits(const VegardPETSc *petsc) {
  PetscDataType scalar = PETSC_DATATYPE_UNKNOWN, index = PETSC_DATATYPE_UNKNOWN;
  PetscBool found = PETSC_FALSE;
  size_t size = 0;
  petsc->PetscDataTypeFromString("scalar", &scalar, &found);
  petsc->PetscDataTypeFromString("int", &index, &found);
  petsc->PetscDataTypeGetSize(index, &size);
  return scalar == PETSC_SCALAR && size == sizeof(PetscInt);
}

// The folder that PETSc was installed in with these headers; empty where they do not tell.
static inline const char *vegard_petsc_folder(void) {
#ifdef PETSC_LIB_DIR
  return PETSC_LIB_DIR;
#else
  return "";
#endif
}

// PetscInitialize wants the arguments of main, of which these two count only there: without PETSc's
// own signal handlers, and without options of the working directory's .petscrc.
static inline PetscErrorCode vegard_petsc_initialize(
  const VegardPETSc *petsc, const char *options) {
  static char name[] = "vegard", handlers[] = "-no_signal_handler", file[] = "-skip_petscrc";
  static char *words[] = {name, handlers, file, NULL};
  static char **list = words;
  static int count = 3;
  PetscErrorCode code = petsc->PetscInitialize(&count, &list, NULL, NULL);
  if (code) return code;
  return petsc->PetscOptionsInsertString(NULL, options);
}

// The creating routines take an MPI_Comm, which never surfaces as a Swift type: it is a pointer
// in Open MPI and an integer in MPICH.
static inline PetscErrorCode vegard_vec_create(
  const VegardPETSc *petsc, VegardComm *comm, PetscInt local, Vec *vector) {
  return petsc->VecCreateMPI(comm->handle, local, PETSC_DETERMINE, vector);
}

static inline PetscErrorCode vegard_mat_create(
  const VegardPETSc *petsc, VegardComm *comm, Mat *matrix) {
  return petsc->MatCreate(comm->handle, matrix);
}

static inline PetscErrorCode vegard_mat_create_dense(
  const VegardPETSc *petsc, VegardComm *comm, PetscInt local_rows, PetscInt columns, Mat *matrix) {
  PetscErrorCode code = petsc->MatCreateDense(
    comm->handle, local_rows, PETSC_DECIDE, PETSC_DETERMINE, columns, NULL, matrix);
  if (code) return code;
  code = petsc->MatAssemblyBegin(*matrix, MAT_FINAL_ASSEMBLY);
  if (code) return code;
  return petsc->MatAssemblyEnd(*matrix, MAT_FINAL_ASSEMBLY);
}

static inline PetscErrorCode vegard_ksp_create(
  const VegardPETSc *petsc, VegardComm *comm, KSP *solver) {
  return petsc->KSPCreate(comm->handle, solver);
}

static inline PetscErrorCode vegard_null_space_create(
  const VegardPETSc *petsc, VegardComm *comm, PetscInt count, const Vec *vectors,
  MatNullSpace *space) {
  return petsc->MatNullSpaceCreate(comm->handle, PETSC_FALSE, count, vectors, space);
}

static inline PetscErrorCode vegard_is_create(
  const VegardPETSc *petsc, VegardComm *comm, PetscInt count, const PetscInt *indices, IS *set) {
  return petsc->ISCreateGeneral(comm->handle, count, indices, PETSC_COPY_VALUES, set);
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
