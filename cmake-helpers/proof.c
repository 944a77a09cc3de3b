// Compiled and linked by ProveFlags.cmake, never run.
#include <mpi.h>
#include <hdf5.h>
#include <petscksp.h>

#ifndef H5_HAVE_PARALLEL
#error "this HDF5 is serial"
#endif
#if PETSC_VERSION_LT(3, 18, 0)
#error "this PETSc is older than 3.18"
#endif

int main(int count, char **words) {
  KSP solver;
  hid_t access;
  MPI_Init(&count, &words);
  access = H5Pcreate(H5P_FILE_ACCESS);
  H5Pset_fapl_mpio(access, MPI_COMM_WORLD, MPI_INFO_NULL);
  PetscInitializeNoArguments();
  KSPCreate(PETSC_COMM_WORLD, &solver);
  return MPI_Finalize();
}
