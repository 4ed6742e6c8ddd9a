// What Swift cannot import of statfs(2): the name is both a type and a function.

#ifndef COFFER_CFILESYSTEM_H
#define COFFER_CFILESYSTEM_H

/// Whether the file lies on a disk or in the memory of this machine. A filesystem that is not known
/// here may be one that asks another machine or process for each write.
_Bool coffer_is_local_file(int descriptor);

#endif
