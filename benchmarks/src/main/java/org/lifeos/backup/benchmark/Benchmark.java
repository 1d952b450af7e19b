package org.lifeos.backup.benchmark;

/** One question that is answered by measuring. */
interface Benchmark {
    /** By which it is asked for on the command line. */
    String name();

    /** Measures and reports; whatever it makes is gone afterwards. */
    void run(Report report, Options options) throws Exception;
}
