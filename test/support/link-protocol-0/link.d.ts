export declare const LinkServer: unknown
export declare const WorkerConnection: unknown
export declare const sendCommand: unknown
export declare const createJob: unknown
