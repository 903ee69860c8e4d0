// A shared object that is not reprise-curl.so: what LoadUpstream must refuse.
extern "C" __attribute__((visibility("default"))) int other_module() { return 1; }
