import { connect, createServer } from "node:net";
import { rmSync } from "node:fs";
// contracts/errors.js
/** An error that a person or a program is meant to read: a stable code and a message that says what failed, why, and what to do. */
var ChangeoverError = class extends Error {
	name = "ChangeoverError";
	code;
	constructor(code, message, options) {
		super(message, options);
		this.code = code;
	}
};
/** Any thrown value as a report; what is not ours becomes `internal`. */
function toErrorReport(error) {
	if (error instanceof ChangeoverError) return {
		code: error.code,
		message: error.message
	};
	return {
		code: "internal",
		message: error instanceof Error ? error.message : String(error)
	};
}
// link/frame.js
/**
* The frames of a link, on a Unix socket between processes of one machine.
*
* Every frame: u32 length of what follows, u8 type, u32 id, payload. Little-endian.
* - request:  u8 method length, u32 url length, u32 headers length, method, url, headers, body
* - response: u16 status, u32 headers length, headers, body
* - json:     UTF-8 JSON (hello, command, reply)
* - ping, pong: empty
* - goaway: empty; the listening end wants no more requests, and the other end answers with the same after its last one
* Headers are `name\nvalue\n…` in latin1, as HTTP carries them.
*/
const frameTypes = {
	hello: 1,
	request: 2,
	response: 3,
	ping: 4,
	pong: 5,
	command: 6,
	reply: 7,
	goaway: 8
};
/** Reads a request's payload. Throws a RangeError where its lengths do not fit. */
function decodeRequest(payload) {
	const urlStart = 9 + payload.readUInt8(0);
	const headersStart = urlStart + payload.readUInt32LE(1);
	const bodyStart = headersStart + payload.readUInt32LE(5);
	if (bodyStart > payload.length) throw new RangeError("a request frame is shorter than its own lengths say");
	return {
		method: payload.toString("latin1", 9, urlStart),
		url: payload.toString("latin1", urlStart, headersStart),
		headers: payload.toString("latin1", headersStart, bodyStart),
		body: payload.subarray(bodyStart)
	};
}
/** Reads a response's payload. Throws a RangeError where its lengths do not fit. */
function decodeResponse(payload) {
	const bodyStart = 6 + payload.readUInt32LE(2);
	if (bodyStart > payload.length) throw new RangeError("a response frame is shorter than its own lengths say");
	return {
		status: payload.readUInt16LE(0),
		headers: payload.toString("latin1", 6, bodyStart),
		body: payload.subarray(bodyStart)
	};
}
// link/frame-reader.js
const empty = Buffer.alloc(0);
/** Cuts a stream of bytes into frames. A length that no frame can have throws a RangeError: the link must then be closed. */
var FrameReader = class {
	#rest = empty;
	/** Bytes that must be there before the next frame is whole; saves joining a large frame again at every chunk. */
	#wanted = 0;
	#chunks = [];
	#chunkBytes = 0;
	/** Takes the next bytes and hands every frame that they complete to `onFrame`, in order. */
	push(chunk, onFrame) {
		const bytes = this.#join(chunk);
		if (bytes === void 0) return;
		let offset = 0;
		while (bytes.length - offset >= 4) {
			const length = bytes.readUInt32LE(offset);
			if (length < 5 || length > 1074790400) throw new RangeError(`a frame of ${length} bytes`);
			const end = offset + 4 + length;
			if (end > bytes.length) {
				this.#wanted = 4 + length;
				break;
			}
			onFrame({
				type: bytes.readUInt8(offset + 4),
				id: bytes.readUInt32LE(offset + 5),
				payload: bytes.subarray(offset + 9, end)
			});
			offset = end;
		}
		this.#rest = offset === bytes.length ? empty : bytes.subarray(offset);
	}
	#join(chunk) {
		if (this.#rest.length === 0 && this.#chunks.length === 0) return chunk;
		this.#chunks.push(chunk);
		this.#chunkBytes += chunk.length;
		if (this.#rest.length + this.#chunkBytes < this.#wanted) return void 0;
		const joined = Buffer.concat([this.#rest, ...this.#chunks]);
		this.#rest = empty;
		this.#chunks = [];
		this.#chunkBytes = 0;
		this.#wanted = 0;
		return joined;
	}
};
// link/frame-writer.js
const initialBytes = 65536;
/** Collects frames in one buffer, so that all of an event-loop turn leave in a single write. */
var FrameWriter = class {
	#buffer = Buffer.allocUnsafeSlow(initialBytes);
	#used = 0;
	get isEmpty() {
		return this.#used === 0;
	}
	/** What was collected, as a view; `reuse` says whether the buffer may be written to again. */
	take(send) {
		const { reuse } = send(this.#buffer.subarray(0, this.#used));
		this.#used = 0;
		if (!reuse || this.#buffer.length > initialBytes) this.#buffer = Buffer.allocUnsafeSlow(initialBytes);
	}
	empty(type, id) {
		this.#begin(type, id, 0);
	}
	json(type, id, value) {
		const text = JSON.stringify(value);
		const length = Buffer.byteLength(text);
		const at = this.#begin(type, id, length);
		this.#buffer.write(text, at, "utf8");
	}
	request(type, id, { method, url, headers, body }) {
		const length = 9 + method.length + url.length + headers.length + body.length;
		let at = this.#begin(type, id, length);
		const buffer = this.#buffer;
		buffer[at] = method.length;
		buffer.writeUInt32LE(url.length, at + 1);
		buffer.writeUInt32LE(headers.length, at + 5);
		at += 9;
		at += buffer.write(method, at, "latin1");
		at += buffer.write(url, at, "latin1");
		at += buffer.write(headers, at, "latin1");
		buffer.set(body, at);
	}
	response(type, id, { status, headers, body }) {
		const bodyLength = typeof body === "string" ? Buffer.byteLength(body) : body.length;
		let at = this.#begin(type, id, 6 + headers.length + bodyLength);
		const buffer = this.#buffer;
		buffer.writeUInt16LE(status, at);
		buffer.writeUInt32LE(headers.length, at + 2);
		at += 6;
		at += buffer.write(headers, at, "latin1");
		if (typeof body === "string") buffer.write(body, at, "utf8");
		else buffer.set(body, at);
	}
	/** Reserves a frame, writes its head, and returns where its payload starts. */
	#begin(type, id, payloadLength) {
		const start = this.#used;
		const end = start + 9 + payloadLength;
		if (end > this.#buffer.length) this.#grow(end);
		this.#buffer.writeUInt32LE(5 + payloadLength, start);
		this.#buffer[start + 4] = type;
		this.#buffer.writeUInt32LE(id, start + 5);
		this.#used = end;
		return start + 9;
	}
	#grow(neededBytes) {
		const grown = Buffer.allocUnsafeSlow(Math.max(neededBytes, this.#buffer.length * 2));
		this.#buffer.copy(grown, 0, 0, this.#used);
		this.#buffer = grown;
	}
};
// link/link.js
/** One end of a link: frames over a Unix socket, all those of one event-loop turn in one write. */
var Link = class {
	#socket;
	#reader = new FrameReader();
	#writer = new FrameWriter();
	#readsInStep;
	#flushing = false;
	#closeReason = "the other end closed the link";
	constructor(socket, { onFrame, onClose, readsInStep = false }) {
		this.#socket = socket;
		this.#readsInStep = readsInStep;
		const handleFrame = (frame) => onFrame(frame, this);
		socket.on("data", (chunk) => {
			try {
				this.#reader.push(chunk, handleFrame);
			} catch (error) {
				this.close(`a frame could not be handled: ${error instanceof Error ? error.message : String(error)}`);
			}
		});
		socket.on("drain", () => {
			if (readsInStep) socket.resume();
			this.#flush();
		});
		socket.on("error", (error) => this.#closeReason = error.message);
		socket.on("close", () => onClose(this.#closeReason));
	}
	get isOpen() {
		return !this.#socket.destroyed && this.#socket.writable;
	}
	/** Whether the other end does not read as fast as it is sent to; frames then collect here. */
	get isFull() {
		return this.#socket.writableNeedDrain;
	}
	request(id, request) {
		this.#writer.request(frameTypes.request, id, request);
		this.#schedule();
	}
	response(id, response) {
		this.#writer.response(frameTypes.response, id, response);
		this.#schedule();
	}
	json(type, id, value) {
		this.#writer.json(frameTypes[type], id, value);
		this.#schedule();
	}
	signal(type, id) {
		this.#writer.empty(frameTypes[type], id);
		this.#schedule();
	}
	/** Sends what is collected, then ends the link. */
	end() {
		if (!this.#writer.isEmpty && this.isOpen) this.#write();
		this.#socket.end();
	}
	/** Ends the link at once. */
	close(reason) {
		this.#closeReason = reason;
		this.#socket.destroy();
	}
	#schedule() {
		if (this.#flushing) return;
		this.#flushing = true;
		setImmediate(() => {
			this.#flushing = false;
			this.#flush();
		});
	}
	/** While the socket is full, frames go on collecting here; its drain event sends them. */
	#flush() {
		if (this.#writer.isEmpty || !this.isOpen || this.#socket.writableNeedDrain) return;
		this.#write();
	}
	#write() {
		this.#writer.take((bytes) => {
			if (!this.#socket.write(bytes) && this.#readsInStep) this.#socket.pause();
			return { reuse: this.#socket.writableLength === 0 };
		});
	}
};
// link/command-client.js
/**
* Sends one command to the process that listens on a Unix socket and waits for its reply.
* Throws the process's own error, `link_closed` where it is not there or dies, or `timed_out`.
*/
function sendCommand(socketPath, command, timeoutMs) {
	return new Promise((resolve, reject) => {
		const socket = connect(socketPath);
		const settle = (finish) => {
			clearTimeout(timer);
			finish();
			socket.destroy();
		};
		const timer = setTimeout(() => {
			settle(() => reject(new ChangeoverError("timed_out", `no reply within ${timeoutMs} ms on ${socketPath}`)));
		}, timeoutMs);
		new Link(socket, {
			onFrame: (frame) => {
				if (frame.type !== frameTypes.reply) return;
				const reply = JSON.parse(frame.payload.toString());
				settle(() => {
					if (reply.ok) resolve(reply.value);
					else reject(new ChangeoverError(reply.error.code, reply.error.message));
				});
			},
			onClose: (reason) => {
				settle(() => reject(new ChangeoverError("link_closed", `no process answers on ${socketPath}: ${reason}`)));
			}
		}).json("command", 0, command);
	});
}
// link/link-server.js
/** The listening end of links: answers pings and commands itself, and hands requests on. */
var LinkServer = class {
	#options;
	#server;
	/** Every open link, and whether it has said that no more requests come on it. */
	#links = /* @__PURE__ */ new Map();
	#isLeaving = false;
	#onQuiet = () => void 0;
	constructor(options) {
		this.#options = options;
		this.#server = createServer((socket) => {
			const link = new Link(socket, {
				onFrame: (frame) => this.#handle(frame, link),
				onClose: () => {
					this.#links.delete(link);
					this.#onQuiet();
				},
				readsInStep: true
			});
			this.#links.set(link, { isQuiet: this.#isLeaving });
			if (options.hello !== void 0 && !this.#isLeaving) link.json("hello", 0, options.hello);
		});
	}
	/** Listens; a socket file that a dead process left behind is replaced. */
	async start() {
		rmSync(this.#options.socketPath, { force: true });
		await new Promise((resolve, reject) => {
			this.#server.once("error", reject);
			this.#server.listen(this.#options.socketPath, resolve);
		});
	}
	/** Asks for no more requests on any link; resolves when every other end has said so too, or has closed its link. Commands are still taken. */
	async leave() {
		this.#isLeaving = true;
		for (const link of this.#links.keys()) link.signal("goaway", 0);
		await new Promise((resolve) => {
			this.#onQuiet = () => {
				if ([...this.#links.values()].every(({ isQuiet }) => isQuiet)) resolve();
			};
			this.#onQuiet();
		});
	}
	/** Accepts no more links and ends those that are open once what they wait for has been sent. */
	close() {
		this.#server.close();
		for (const link of this.#links.keys()) link.end();
	}
	#handle(frame, link) {
		switch (frame.type) {
			case frameTypes.request:
				this.#options.onRequest?.(frame, link);
				return;
			case frameTypes.ping:
				link.signal("pong", frame.id);
				return;
			case frameTypes.goaway:
				this.#links.set(link, { isQuiet: true });
				this.#onQuiet();
				return;
			case frameTypes.command:
				this.#reply(frame, link);
				return;
			default: throw new RangeError(`frame type ${frame.type} is not one for this end`);
		}
	}
	async #reply(frame, link) {
		let reply;
		try {
			const command = JSON.parse(frame.payload.toString());
			reply = {
				ok: true,
				value: await this.#options.onCommand(command) ?? null
			};
		} catch (error) {
			reply = {
				ok: false,
				error: toErrorReport(error)
			};
		}
		link.json("reply", frame.id, reply);
	}
};
// gateway/job-table.js
const initialSlots = 64;
/**
* The jobs of a connection by the ids of their frames. A `Map` that jobs come to and leave all the time is rebuilt every few
* of them, and each of its tables keeps the next one, with all jobs in it, alive until the collector looks at everything.
*/
var JobTable = class {
	/** Their number is a power of two; a job lies where the last bits of its id say. */
	#slots = createSlots(initialSlots);
	#size = 0;
	#lastId = 0;
	get size() {
		return this.#size;
	}
	/** Keeps a job and returns the id for it: one that no other job has, nor had lately. */
	add(job) {
		if (this.#size === this.#slots.length) this.#grow();
		let slot;
		do {
			this.#lastId = this.#lastId + 1 >>> 0;
			slot = this.#slotOf(this.#lastId);
		} while (slot.job !== void 0);
		slot.id = this.#lastId;
		slot.job = job;
		this.#size++;
		return slot.id;
	}
	get(id) {
		const slot = this.#slotOf(id);
		return slot.id === id ? slot.job : void 0;
	}
	delete(id) {
		const slot = this.#slotOf(id);
		if (slot.id !== id || slot.job === void 0) return;
		slot.job = void 0;
		this.#size--;
	}
	clear() {
		this.#slots = createSlots(initialSlots);
		this.#size = 0;
	}
	/** Each job with its id; what is deleted meanwhile is left out. */
	*[Symbol.iterator]() {
		for (const { id, job } of this.#slots) if (job !== void 0) yield [id, job];
	}
	#slotOf(id) {
		const slot = this.#slots[id & this.#slots.length - 1];
		if (slot === void 0) throw new RangeError(`there is no slot for ${id}`);
		return slot;
	}
	#grow() {
		const jobs = [...this];
		this.#slots = createSlots(this.#slots.length * 2);
		for (const [id, job] of jobs) Object.assign(this.#slotOf(id), {
			id,
			job
		});
	}
};
function createSlots(count) {
	return Array.from({ length: count }, () => ({
		id: 0,
		job: void 0
	}));
}
// gateway/worker-connection.js
/** A worker that has left so many beats unanswered is taken for hung, until it is heard again. */
const beatsUntilSuspect = 4;
/** One connection to one worker process, and the requests that it has. */
var WorkerConnection = class {
	#events;
	#link;
	#jobs = new JobTable();
	#hasSaidHello = false;
	#isAdmitted = false;
	#answered = 0;
	#isLeaving = false;
	#isClosed = false;
	#unansweredBeats = 0;
	constructor(socketPath, events) {
		this.#events = events;
		this.#link = new Link(connect(socketPath), {
			onFrame: (frame) => this.#handle(frame),
			onClose: (reason) => this.#lose(reason)
		});
	}
	/** Whether the worker serves, wants requests, and is not known to be hung. */
	get isWell() {
		return this.#isAdmitted && !this.#isLeaving && !this.#isClosed && !this.#isSuspect;
	}
	/** How many requests it has answered. */
	get answered() {
		return this.#answered;
	}
	/** From now on callers' requests may be sent here. */
	admit() {
		this.#isAdmitted = true;
		this.#events.onRoom();
	}
	get inFlight() {
		return this.#jobs.size;
	}
	/** Whether the worker does not read as fast as it is sent to. */
	get isFull() {
		return this.#link.isFull;
	}
	send(job) {
		job.holders++;
		this.#link.request(this.#jobs.add(job), job.request);
	}
	/** Asks whether the worker lives, and looks for answers that are late. Called some times a second. */
	beat(nowMs) {
		if (this.#isClosed) return;
		if (this.#hasSaidHello) {
			this.#unansweredBeats++;
			if (!this.#link.isFull) this.#link.signal("ping", 0);
		}
		const isSuspect = this.#isSuspect;
		for (const [id, job] of this.#jobs) if (job.isAnswered) this.#jobs.delete(id);
		else if (nowMs >= job.dueMs) {
			this.#jobs.delete(id);
			this.#events.onLost(job, `no answer within ${Math.round(nowMs - job.sentMs)} ms`, this);
		} else if (isSuspect && job.route?.answerTime.isQuick === true || nowMs >= job.lateMs) this.#events.onLate(job, this);
	}
	close() {
		this.#link.end();
	}
	get #isSuspect() {
		return this.#unansweredBeats >= beatsUntilSuspect;
	}
	#handle(frame) {
		const wasSuspect = this.#isSuspect;
		this.#unansweredBeats = 0;
		if (wasSuspect) this.#events.onRoom();
		switch (frame.type) {
			case frameTypes.response:
				this.#answer(frame);
				return;
			case frameTypes.hello:
				this.#hasSaidHello = true;
				this.#events.onHello(JSON.parse(frame.payload.toString()), this);
				return;
			case frameTypes.goaway:
				this.#isLeaving = true;
				this.#link.signal("goaway", 0);
				this.#events.onLeaving();
				return;
			case frameTypes.pong: return;
			default: throw new RangeError(`frame type ${frame.type} is not one for this end`);
		}
	}
	#answer(frame) {
		const job = this.#jobs.get(frame.id);
		if (job === void 0) return;
		const answer = decodeResponse(frame.payload);
		this.#jobs.delete(frame.id);
		this.#answered++;
		this.#events.onAnswer(job, answer);
	}
	#lose(reason) {
		this.#isClosed = true;
		const lost = [...this.#jobs];
		this.#jobs.clear();
		this.#events.onClosed();
		for (const [, job] of lost) this.#events.onLost(job, reason, this);
	}
};
// gateway/job.js
/** A request that has just come. */
function createJob(request, done, nowMs) {
	return {
		request,
		done,
		acceptedMs: nowMs,
		isRehearsal: false,
		waitsSinceMs: nowMs,
		tries: 0,
		holders: 0,
		isAnswered: false,
		avoid: void 0,
		route: void 0,
		sentMs: 0,
		lateMs: 0,
		dueMs: 0
	};
}
export { LinkServer, WorkerConnection, createJob, decodeRequest, sendCommand };
