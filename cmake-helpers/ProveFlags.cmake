# prove_flags() compiles and links a small program against clean_cflags and clean_libs alone, then
# asks the loader for what it would load: two MPI or two HDF5 in one program never work.
function(prove_flags)
  # Swift's own clang where it stands beside swift: a compiler wrapper would add the flags itself.
  find_program(swift_program swift NO_CACHE)
  set(compilers)
  if(swift_program)
    get_filename_component(place ${swift_program} REALPATH)
    get_filename_component(place ${place} DIRECTORY)
    list(APPEND compilers ${place}/clang)
  else()
    message(WARNING "There is no swift in PATH: load it before the build.")
  endif()
  list(APPEND compilers clang gcc ${CMAKE_C_COMPILER})
  foreach(candidate IN LISTS compilers)
    find_program(compiler NAMES ${candidate} NO_CACHE)
    if(compiler)
      break()
    endif()
  endforeach()

  set(program ${CMAKE_BINARY_DIR}/proof)
  set(runs)
  foreach(directory IN LISTS clean_rpath)
    list(APPEND runs -Wl,-rpath,${directory})
  endforeach()
  execute_process(
    COMMAND ${compiler} ${CMAKE_CURRENT_SOURCE_DIR}/proof.c -o ${program}
      ${clean_cflags} ${clean_libs} ${runs}
    RESULT_VARIABLE failed ERROR_VARIABLE said OUTPUT_VARIABLE said)
  if(failed)
    message(FATAL_ERROR
      "What was found does not compile and link together:\n${clean_cflags}\n${clean_libs}\n${said}")
  endif()

  execute_process(COMMAND ldd ${program} OUTPUT_VARIABLE loaded ERROR_QUIET)
  if(loaded MATCHES "([^\n\t ]+) => not found")
    message(FATAL_ERROR "The loader does not find ${CMAKE_MATCH_1} (ldd ${program}): load its module.")
  endif()
  # Not their companions (libmpi_cxx, libhdf5_hl), which rightly come along.
  set(by "(_(gnu|intel|cray|amd|aocc|nvidia)[^ .]*)?")
  foreach(library "MPI;mpi(ch)?${by}" "HDF5;hdf5(_(openmpi|mpich|parallel|serial))?${by}")
    list(GET library 0 name)
    list(GET library 1 pattern)
    string(REGEX MATCHALL "lib${pattern}\\.so[^\n]*" lines "${loaded}")
    list(LENGTH lines count)
    if(count GREATER 1)
      list(JOIN lines "\n  " lines)
      message(FATAL_ERROR
        "Two ${name} libraries meet in one program; take PETSc and HDF5 built with one MPI, and one "
        "HDF5:\n  ${lines}")
    endif()
  endforeach()
endfunction()
