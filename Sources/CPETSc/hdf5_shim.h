// SPDX-License-Identifier: Apache-2.0

// HDF5 as Swift sees it: its type, property and access constants are macros that call H5open().
#ifndef VEGARD_HDF5_SHIM_H
#define VEGARD_HDF5_SHIM_H

#include <hdf5.h>
#include <string.h>
#include "mpi_shim.h"

static inline hid_t vegard_h5_double(void) { return H5T_NATIVE_DOUBLE; }
static inline hid_t vegard_h5_int64(void) { return H5T_NATIVE_INT64; }
static inline hid_t vegard_h5_stored_double(void) { return H5T_IEEE_F64LE; }
static inline hid_t vegard_h5_stored_float(void) { return H5T_IEEE_F32LE; }
static inline hid_t vegard_h5_stored_int64(void) { return H5T_STD_I64LE; }
static inline hid_t vegard_h5_stored_uint8(void) { return H5T_STD_U8LE; }
static inline hid_t vegard_h5_c_string(void) { return H5T_C_S1; }
static inline size_t vegard_h5_variable(void) { return H5T_VARIABLE; }
static inline hid_t vegard_h5_object_reference(void) { return H5T_STD_REF_OBJ; }
static inline hid_t vegard_h5_default(void) { return H5P_DEFAULT; }
static inline hid_t vegard_h5_all(void) { return H5S_ALL; }

static inline hid_t vegard_h5_open_read(const char *path) {
  return H5Fopen(path, H5F_ACC_RDONLY, H5P_DEFAULT);
}

// Metadata reaches the file at a flush and not between two, when memory of the cache runs short: a
// process killed meanwhile leaves what was flushed last.
static inline herr_t vegard_h5_hold_metadata(hid_t access) {
  H5AC_cache_config_t config;
  config.version = H5AC__CURR_CACHE_CONFIG_VERSION;
  if (H5Pget_mdc_config(access, &config) < 0) return -1;
  config.incr_mode = H5C_incr__off;
  config.flash_incr_mode = H5C_flash_incr__off;
  config.decr_mode = H5C_decr__off;
  config.evictions_enabled = 0;
  config.dirty_bytes_threshold = 32 * 1024 * 1024;  // the largest that is allowed
  return H5Pset_mdc_config(access, &config);
}

static inline hid_t vegard_h5_access(VegardComm *comm, int checked) {
  hid_t access = H5Pcreate(H5P_FILE_ACCESS);
  if (access < 0) return -1;
  if (H5Pset_fapl_mpio(access, comm->handle, MPI_INFO_NULL) < 0
      || H5Pset_libver_bounds(
           access, checked ? H5F_LIBVER_V110 : H5F_LIBVER_V18, H5F_LIBVER_LATEST) < 0
      || vegard_h5_hold_metadata(access) < 0) {
    H5Pclose(access);
    return -1;
  }
  return access;
}

static inline hid_t vegard_h5_create(const char *path, VegardComm *comm, int checked) {
  hid_t access = vegard_h5_access(comm, checked);
  if (access < 0) return -1;
  hid_t file = H5Fcreate(path, H5F_ACC_TRUNC, H5P_DEFAULT, access);
  H5Pclose(access);
  return file;
}

static inline hid_t vegard_h5_open_write(const char *path, VegardComm *comm) {
  hid_t access = vegard_h5_access(comm, 0);
  if (access < 0) return -1;
  hid_t file = H5Fopen(path, H5F_ACC_RDWR, access);
  H5Pclose(access);
  return file;
}

// Collective transfers: independent writes to compressed data fail and leave a valid-looking file.
static inline hid_t vegard_h5_collective(void) {
  hid_t transfer = H5Pcreate(H5P_DATASET_XFER);
  if (transfer >= 0 && H5Pset_dxpl_mpio(transfer, H5FD_MPIO_COLLECTIVE) < 0) {
    H5Pclose(transfer);
    return -1;
  }
  return transfer;
}

// Intermediate groups are made on the way; times are left out so that equal runs write equal files.
static inline hid_t vegard_h5_link_creation(void) {
  hid_t list = H5Pcreate(H5P_LINK_CREATE);
  if (list >= 0) H5Pset_create_intermediate_group(list, 1);
  return list;
}

static inline hid_t vegard_h5_dataset_creation(
  int rank, const hsize_t *chunk, int gzip, int checked) {
  hid_t list = H5Pcreate(H5P_DATASET_CREATE);
  if (list < 0) return list;
  H5Pset_obj_track_times(list, 0);
  if (rank > 0) H5Pset_chunk(list, rank, chunk);
  if (gzip > 0) {
    H5Pset_shuffle(list);
    H5Pset_deflate(list, gzip);
  }
  if (checked) H5Pset_fletcher32(list);
  return list;
}

// Uncompressed: a chunk is rewritten where it lies, never moved while the file may be cut off.
static inline hid_t vegard_h5_series_creation(hsize_t chunk) {
  hid_t list = H5Pcreate(H5P_DATASET_CREATE);
  if (list < 0) return list;
  H5Pset_obj_track_times(list, 0);
  H5Pset_chunk(list, 1, &chunk);
  return list;
}

static inline hid_t vegard_h5_series_space(void) {
  hsize_t none = 0, unlimited = H5S_UNLIMITED;
  return H5Screate_simple(1, &none, &unlimited);
}

static inline hid_t vegard_h5_scalar(void) { return H5Screate(H5S_SCALAR); }

static inline herr_t vegard_h5_select(hid_t space, const hsize_t *start, const hsize_t *count) {
  return H5Sselect_hyperslab(space, H5S_SELECT_SET, start, NULL, count, NULL);
}

static inline void vegard_h5_quiet(void) { H5Eset_auto2(H5E_DEFAULT, NULL, NULL); }

// A variadic-free walk to the innermost message of the error stack.
static herr_t vegard_h5_keep(unsigned depth, const H5E_error2_t *error, void *text) {
  (void)depth;
  if (error->desc) strncpy((char *)text, error->desc, 255);
  return 0;
}

static inline void vegard_h5_last_error(char *text256) {
  text256[0] = 0;
  H5Ewalk2(H5E_DEFAULT, H5E_WALK_DOWNWARD, vegard_h5_keep, text256);
}

// A dataset that uses a dimension scale, as an element of the scale's REFERENCE_LIST.
typedef struct {
  hobj_ref_t dataset;
  int32_t dimension;
} VegardScaleUse;

static inline hid_t vegard_h5_scale_use(void) {
  hid_t type = H5Tcreate(H5T_COMPOUND, sizeof(VegardScaleUse));
  if (type < 0) return type;
  H5Tinsert(type, "dataset", HOFFSET(VegardScaleUse, dataset), H5T_STD_REF_OBJ);
  H5Tinsert(type, "dimension", HOFFSET(VegardScaleUse, dimension), H5T_NATIVE_INT32);
  return type;
}

static inline hid_t vegard_h5_dereference(hid_t file, const void *reference) {
  return H5Rdereference2(file, H5P_DEFAULT, H5R_OBJECT, reference);
}
#endif
