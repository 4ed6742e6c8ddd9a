#include "CTemplates.h"

// Clang has it in every mode of C, and says that it is new.
#pragma clang diagnostic ignored "-Wc23-extensions"

static const unsigned char swift_package_swift[] = {
#embed "../../../Examples/swift-skeleton/Package.swift"
};
static const unsigned char swift_gitignore[] = {
#embed "../../../Examples/swift-skeleton/.gitignore"
};
static const unsigned char swift_readme_md[] = {
#embed "../../../Examples/swift-skeleton/README.md"
};
static const unsigned char swift_sources_plugin_swift[] = {
#embed "../../../Examples/swift-skeleton/Sources/MySkeletonEngine/MySkeletonPlugin.swift"
};
static const unsigned char swift_sources_itempath_swift[] = {
#embed "../../../Examples/swift-skeleton/Sources/MySkeletonEngine/ItemPath.swift"
};
static const unsigned char swift_tests_tests_tests_swift[] = {
#embed "../../../Examples/swift-skeleton/Tests/MySkeletonEngineTests/MySkeletonTests.swift"
};
static const unsigned char database_package_swift[] = {
#embed "../../../Examples/swift-database-skeleton/Package.swift"
};
static const unsigned char database_gitignore[] = {
#embed "../../../Examples/swift-database-skeleton/.gitignore"
};
static const unsigned char database_readme_md[] = {
#embed "../../../Examples/swift-database-skeleton/README.md"
};
static const unsigned char database_sources_plugin_swift[] = {
#embed "../../../Examples/swift-database-skeleton/Sources/MySkeletonDatabase/MySkeletonPlugin.swift"
};
static const unsigned char database_sources_users_swift[] = {
#embed "../../../Examples/swift-database-skeleton/Sources/MySkeletonDatabase/MySkeletonUsers.swift"
};
static const unsigned char database_tests_tests_swift[] = {
#embed "../../../Examples/swift-database-skeleton/Tests/MySkeletonDatabaseTests/MySkeletonTests.swift"
};
static const unsigned char python_gitignore[] = {
#embed "../../../Examples/python-skeleton/.gitignore"
};
static const unsigned char python_readme_md[] = {
#embed "../../../Examples/python-skeleton/README.md"
};
static const unsigned char python_init_py[] = {
#embed "../../../Examples/python-skeleton/my_skeleton/__init__.py"
};
static const unsigned char python_engine_py[] = {
#embed "../../../Examples/python-skeleton/my_skeleton/engine.py"
};
static const unsigned char python_tests_test_engine_py[] = {
#embed "../../../Examples/python-skeleton/tests/test_engine.py"
};
static const unsigned char python_frames_py[] = {
#embed "../../../Examples/python-plugin/onetime/frames.py"
};
static const unsigned char python_lane_py[] = {
#embed "../../../Examples/python-plugin/onetime/lane.py"
};
static const unsigned char python_log_py[] = {
#embed "../../../Examples/python-plugin/onetime/log.py"
};
static const unsigned char python_mounts_py[] = {
#embed "../../../Examples/python-plugin/onetime/mounts.py"
};
static const unsigned char python_process_py[] = {
#embed "../../../Examples/python-plugin/onetime/process.py"
};
static const unsigned char python_storage_py[] = {
#embed "../../../Examples/python-plugin/onetime/storage.py"
};
static const unsigned char python_tests_memory_py[] = {
#embed "../../../Examples/python-plugin/tests/memory.py"
};
static const unsigned char python_build_py[] = {
#embed "../../../Examples/python-plugin/build.py"
};
static const unsigned char python_requirements_txt[] = {
#embed "../../../Examples/python-plugin/requirements.txt"
};
static const unsigned char python_schema[] = {
#embed "../Schema/plugin.proto"
};

#define TEMPLATE(language, path, text) {language, path, text, sizeof text}

static const coffer_template templates[] = {
    TEMPLATE("swift", "Package.swift", swift_package_swift),
    TEMPLATE("swift", ".gitignore", swift_gitignore),
    TEMPLATE("swift", "README.md", swift_readme_md),
    TEMPLATE("swift", "Sources/MySkeletonEngine/MySkeletonPlugin.swift", swift_sources_plugin_swift),
    TEMPLATE("swift", "Sources/MySkeletonEngine/ItemPath.swift", swift_sources_itempath_swift),
    TEMPLATE("swift", "Tests/MySkeletonEngineTests/MySkeletonTests.swift", swift_tests_tests_tests_swift),
    TEMPLATE("swift-database", "Package.swift", database_package_swift),
    TEMPLATE("swift-database", ".gitignore", database_gitignore),
    TEMPLATE("swift-database", "README.md", database_readme_md),
    TEMPLATE("swift-database", "Sources/MySkeletonDatabase/MySkeletonPlugin.swift", database_sources_plugin_swift),
    TEMPLATE("swift-database", "Sources/MySkeletonDatabase/MySkeletonUsers.swift", database_sources_users_swift),
    TEMPLATE("swift-database", "Tests/MySkeletonDatabaseTests/MySkeletonTests.swift", database_tests_tests_swift),
    TEMPLATE("python", ".gitignore", python_gitignore),
    TEMPLATE("python", "README.md", python_readme_md),
    TEMPLATE("python", "my_skeleton/__init__.py", python_init_py),
    TEMPLATE("python", "my_skeleton/engine.py", python_engine_py),
    TEMPLATE("python", "tests/test_engine.py", python_tests_test_engine_py),
    TEMPLATE("python", "my_skeleton/frames.py", python_frames_py),
    TEMPLATE("python", "my_skeleton/lane.py", python_lane_py),
    TEMPLATE("python", "my_skeleton/log.py", python_log_py),
    TEMPLATE("python", "my_skeleton/mounts.py", python_mounts_py),
    TEMPLATE("python", "my_skeleton/process.py", python_process_py),
    TEMPLATE("python", "my_skeleton/storage.py", python_storage_py),
    TEMPLATE("python", "tests/memory.py", python_tests_memory_py),
    TEMPLATE("python", "build.py", python_build_py),
    TEMPLATE("python", "requirements.txt", python_requirements_txt),
    TEMPLATE("python", "plugin.proto", python_schema),
};

const coffer_template *coffer_template_at(size_t index) {
    return index < sizeof templates / sizeof templates[0] ? &templates[index] : NULL;
}
