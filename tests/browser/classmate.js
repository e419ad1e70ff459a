// A classmate in a real browser. It speaks to the class as BigBlueButton's own page does: join by cookie session, control
// over graphql-transport-ws, sound, cameras and screen over the three SFU endpoints, one peer connection a stream. What it
// sees and hears stands in `classmate.report()`. It runs on the class's own origin, after the join link was followed.
globalThis.classmate = (() => {
  const CLIENT = crypto.randomUUID();
  const state = { joined: false, userId: null, sound: 'off', camera: 'off', screen: 'none', troubles: [] };
  const waiting = new Map(); // operation id -> what to do with its data
  const shown = new Map(); // stream id -> { peer, video }
  let next = 0;
  let token, api, facts, control, cameraSocket, listed = [], wanted = null, mixed = null, context = null, counters = null;

  const trouble = text => { state.troubles.push(String(text).slice(0, 300)); };
  const base = () => location.href.split('/html5client')[0];
  const until = async (what, look, ms = 15000) => {
    const end = performance.now() + ms;
    while (performance.now() < end) {
      const found = look();
      if (found) return found;
      await new Promise(done => setTimeout(done, 50));
    }
    throw new Error(`waited for ${what}`);
  };

  // --- control -------------------------------------------------------------------------------------------------------
  function subscribe(operationName, query, variables, each) {
    const id = `c${++next}`;
    waiting.set(id, each);
    control.send(JSON.stringify({ id, type: 'subscribe', payload: { operationName, query, variables, extensions: {} } }));
  }

  const mutate = (operationName, query, variables) => new Promise((good, bad) => {
    subscribe(operationName, query, variables, (data, error) => (error ? bad(new Error(error)) : good(data)));
  });

  async function openControl() {
    control = new WebSocket(api.graphqlWebsocketUrl, 'graphql-transport-ws');
    control.onmessage = ({ data }) => {
      const message = JSON.parse(data);
      if (message.type === 'connection_ack') state.control = 'open';
      else if (message.type === 'ping') control.send(JSON.stringify({ type: 'pong', payload: message.payload }));
      else if (message.type === 'next') waiting.get(message.id)?.(message.payload.data);
      else if (message.type === 'error') {
        trouble(JSON.stringify(message.payload));
        waiting.get(message.id)?.(null, JSON.stringify(message.payload));
      }
    };
    control.onclose = ({ code }) => { state.control = `closed ${code}`; };
    await until('the control socket', () => control.readyState === WebSocket.OPEN);
    control.send(JSON.stringify({ type: 'connection_init', payload: { headers: {
      'X-Session-Token': token, 'X-ClientSessionUUID': CLIENT, 'X-ClientType': 'HTML5', 'X-ClientIsMobile': 'false',
    } } }));
    await until('connection_ack', () => state.control === 'open');
  }

  async function enter() {
    token = new URL(location.href).searchParams.get('sessionToken');
    const index = await fetch(`${base()}/bigbluebutton/api`, { headers: { 'Content-Type': 'application/json' } });
    api = (await index.json()).response;
    const answer = await fetch(`${api.graphqlApiUrl}/meetingStaticData`, { headers: { 'x-session-token': token } });
    facts = (await answer.json()).meeting[0];
    await openControl();
    let me = null;
    // Without the prefix `Patched_`, so that every answer is whole.
    subscribe('userCurrentSubscription', 'subscription userCurrentSubscription { user_current { userId name authToken guestStatus joined joinErrorCode joinErrorMessage currentlyInMeeting loggedOut ejected disconnected } }', {},
      data => { me = data?.user_current?.[0] ?? me; state.joined = Boolean(me?.joined); state.ejected = Boolean(me?.ejected); });
    await until('the own row', () => me?.authToken);
    state.userId = me.userId;
    await mutate('UserJoin', 'mutation UserJoin($authToken: String!, $clientType: String!, $clientIsMobile: Boolean!) { userJoinMeeting(authToken: $authToken, clientType: $clientType, clientIsMobile: $clientIsMobile) }',
      { authToken: me.authToken, clientType: 'HTML5', clientIsMobile: false });
    await until('joined', () => state.joined);
    subscribe('VideoStreams', 'subscription VideoStreams { user_camera(order_by: {userId: asc}) { streamId user { userId name } } }', {},
      data => { if (data?.user_camera) { listed = data.user_camera; showWanted(); } });
    subscribe('Screenshare', 'subscription Screenshare { screenshare { screenshareId startedAt stoppedAt stream voiceConf } }', {},
      data => { if (data?.screenshare) { state.screenListed = data.screenshare.filter(row => !row.stoppedAt).length; } });
    return state.userId;
  }

  // --- media sockets -------------------------------------------------------------------------------------------------
  function mediaSocket(onmessage) {
    const socket = new WebSocket(`${base().replace(/^http/, 'ws')}/bbb-webrtc-sfu?sessionToken=${token}`);
    socket.onmessage = ({ data }) => {
      const message = JSON.parse(data);
      if (message.id === 'error' || message.id === 'webRTCAudioError') trouble(data);
      Promise.resolve(onmessage(message)).catch(trouble);
    };
    const beat = setInterval(() => { if (socket.readyState === WebSocket.OPEN) socket.send('{"id":"ping"}'); }, 15000);
    socket.onclose = () => clearInterval(beat);
    return until('a media socket', () => socket.readyState === WebSocket.OPEN).then(() => socket);
  }

  // The server may end its description with an empty line (media.md §6.1), which Chromium does not take.
  const tidy = sdp => sdp.replace(/(\r?\n)+$/, '\r\n');

  async function answerTo(peer, offer) {
    await peer.setRemoteDescription({ type: 'offer', sdp: tidy(offer) });
    await peer.setLocalDescription(await peer.createAnswer());
    return peer.localDescription.sdp;
  }

  // --- sound ---------------------------------------------------------------------------------------------------------
  async function speak() {
    const microphone = await navigator.mediaDevices.getUserMedia({ audio: { echoCancellation: false, noiseSuppression: false, autoGainControl: false } });
    const peer = new RTCPeerConnection();
    state.soundPeer = peer;
    peer.addTrack(microphone.getAudioTracks()[0], microphone);
    peer.ontrack = ({ track }) => { mixed = new MediaStream([track]); listen(); };
    const socket = await mediaSocket(async message => {
      if (message.id === 'startResponse') {
        const answer = await answerTo(peer, message.sdpAnswer);
        socket.send(JSON.stringify({ id: 'subscriberAnswer', type: 'audio', role: 'sendrecv', sdpOffer: answer }));
      } else if (message.id === 'webRTCAudioSuccess') state.sound = 'on';
    });
    state.sound = 'joining';
    socket.send(JSON.stringify({ id: 'start', type: 'audio', role: 'sendrecv', clientSessionNumber: 1, extension: null, transparentListenOnly: true }));
    await until('sound', () => state.sound === 'on');
    await mutate('SetListenOnlyInput', 'mutation SetListenOnlyInput($listenOnlyInputDevice: Boolean!) { userSetListenOnlyInput(listenOnlyInputDevice: $listenOnlyInputDevice) }', { listenOnlyInputDevice: false }).catch(() => {});
  }

  const setMuted = muted => mutate('UserSetMuted', 'mutation UserSetMuted($userId: String, $muted: Boolean!) { userSetMuted(userId: $userId, muted: $muted) }', { userId: state.userId, muted });

  // What is heard, measured in a sound graph; an element must play it too, or Chromium gives the graph silence.
  function listen() {
    const element = new Audio();
    element.srcObject = mixed;
    element.muted = true;
    element.play().catch(trouble);
    context = new AudioContext({ sampleRate: 48000 });
    context.resume();
    const meter = context.createAnalyser();
    meter.fftSize = 4096;
    context.createMediaStreamSource(mixed).connect(meter);
    const samples = new Float32Array(meter.fftSize);
    const spectrum = new Float32Array(meter.frequencyBinCount);
    counters = { loudest: -100, blocks: 0 };
    setInterval(() => {
      meter.getFloatTimeDomainData(samples);
      meter.getFloatFrequencyData(spectrum);
      const power = samples.reduce((sum, sample) => sum + sample * sample, 0) / samples.length;
      const level = 10 * Math.log10(Math.max(power, 1e-10));
      let peak = 0;
      spectrum.forEach((value, bin) => { if (value > spectrum[peak]) peak = bin; });
      counters.level = level;
      counters.pitch = peak * 48000 / meter.fftSize;
      counters.blocks += 1;
      if (level > counters.loudest) counters.loudest = level;
    }, 50);
  }

  // --- cameras -------------------------------------------------------------------------------------------------------
  const peers = new Map(); // role + stream id -> what its answers go to

  async function cameras() {
    cameraSocket ??= mediaSocket(message => peers.get(message.role + message.cameraId)?.(message));
    return cameraSocket;
  }

  async function showFace({ width = 640, height = 480, frameRate = 15, bitrate = 200 } = {}) {
    const media = await navigator.mediaDevices.getUserMedia({ video: { width, height, frameRate } });
    const track = media.getVideoTracks()[0];
    const stream = `${state.userId}_${CLIENT}_fake0`;
    if (own) own.srcObject = media;
    const peer = new RTCPeerConnection();
    const transceiver = peer.addTransceiver(track, { direction: 'sendonly', streams: [media] });
    transceiver.setCodecPreferences(RTCRtpSender.getCapabilities('video').codecs.filter(codec => /VP8|rtx/.test(codec.mimeType)));
    await peer.setLocalDescription(await peer.createOffer());
    const socket = await cameras();
    peers.set(`share${stream}`, async message => {
      if (message.id === 'startResponse') await peer.setRemoteDescription({ type: 'answer', sdp: tidy(message.sdpAnswer) });
      else if (message.id === 'playStart') {
        await mutate('CameraBroadcastStart', 'mutation CameraBroadcastStart($stream: String!, $contentType: String!) { cameraBroadcastStart(stream: $stream, contentType: $contentType) }', { stream, contentType: 'camera' })
          .catch(() => mutate('CameraBroadcastStart', 'mutation CameraBroadcastStart($stream: String!) { cameraBroadcastStart(stream: $stream) }', { stream }));
        state.camera = 'on';
      }
    });
    socket.send(JSON.stringify({ id: 'start', type: 'video', role: 'share', cameraId: stream, sdpOffer: peer.localDescription.sdp, bitrate, record: true }));
    await until('the own camera', () => state.camera === 'on', 20000);
    const parameters = transceiver.sender.getParameters();
    if (parameters.encodings?.[0]) {
      parameters.encodings[0].maxBitrate = bitrate * 1000;
      await transceiver.sender.setParameters(parameters);
    }
    state.cameraPeer = peer;
    return stream;
  }

  // From now on shows the cameras of others, at most `count` of them, each that large on the page, cropped to fit.
  function watch(count = 100, width = 320, height = 240) {
    wanted = { count, width, height };
    showWanted();
  }

  // Shows the own camera on the page too, as a class page does.
  let own = null;
  function watchOneself(width, height) {
    own = picture(width, height);
  }

  function picture(width, height) {
    const video = document.createElement('video');
    Object.assign(video, { muted: true, autoplay: true, playsInline: true });
    Object.assign(video.style, { width: `${width}px`, height: `${height}px`, objectFit: 'cover', display: 'inline-block' });
    document.body.append(video);
    return video;
  }

  function showWanted() {
    if (!wanted) return;
    const others = listed.filter(row => row.user.userId !== state.userId).slice(0, wanted.count);
    for (const [stream, { peer, video }] of shown) {
      if (others.some(row => row.streamId === stream)) continue;
      peer.close();
      video.remove();
      shown.delete(stream);
      cameras().then(socket => socket.send(JSON.stringify({ id: 'stop', type: 'video', role: 'viewer', cameraId: stream })));
    }
    for (const { streamId, user } of others) if (!shown.has(streamId)) show(streamId, user.name);
  }

  async function show(stream, name) {
    const peer = new RTCPeerConnection();
    const video = picture(wanted.width, wanted.height);
    const one = { peer, video, name, drawn: 0, state: 'connecting' };
    shown.set(stream, one);
    const count = () => { one.drawn += 1; video.requestVideoFrameCallback(count); };
    video.requestVideoFrameCallback(count);
    peer.ontrack = ({ track }) => { video.srcObject = new MediaStream([track]); video.play().catch(trouble); };
    const socket = await cameras();
    peers.set(`viewer${stream}`, async message => {
      if (message.id === 'startResponse') {
        const answer = await answerTo(peer, message.sdpAnswer);
        socket.send(JSON.stringify({ id: 'subscriberAnswer', type: 'video', role: 'viewer', cameraId: stream, answer }));
      } else if (message.id === 'playStart') one.state = 'live';
    });
    socket.send(JSON.stringify({ id: 'start', type: 'video', role: 'viewer', cameraId: stream }));
  }

  // --- screen --------------------------------------------------------------------------------------------------------
  async function watchScreen() {
    const peer = new RTCPeerConnection();
    const video = document.createElement('video');
    Object.assign(video, { muted: true, autoplay: true, playsInline: true, width: 960, id: 'screen' });
    document.body.append(video);
    peer.ontrack = ({ track }) => { if (track.kind === 'video') { video.srcObject = new MediaStream([track]); video.play().catch(trouble); } };
    const voiceBridge = facts.voiceSettings.voiceConf;
    const socket = await mediaSocket(async message => {
      if (message.id === 'startResponse') {
        const answer = await answerTo(peer, message.sdpAnswer);
        socket.send(JSON.stringify({ id: 'subscriberAnswer', type: 'screenshare', role: 'recv', voiceBridge, callerName: state.userId, answer }));
      } else if (message.id === 'playStart') state.screen = 'live';
    });
    socket.send(JSON.stringify({ id: 'start', type: 'screenshare', role: 'recv', internalMeetingId: facts.meetingId, voiceBridge, userName: 'classmate', callerName: state.userId, hasAudio: false, contentType: 'camera' }));
    await until('the shared screen', () => video.videoWidth > 0, 25000);
  }

  // --- what a test may ask -------------------------------------------------------------------------------------------
  async function decoded() {
    let frames = 0, lost = 0;
    for (const { peer } of shown.values()) {
      for (const report of (await peer.getStats()).values()) {
        if (report.type === 'inbound-rtp' && report.kind === 'video') { frames += report.framesDecoded ?? 0; lost += report.packetsLost ?? 0; }
      }
    }
    return { frames, lost };
  }

  // Mean red, green and blue of a shown camera, 0 to 255: enough to tell whose picture it is.
  function colours(stream) {
    const video = shown.get(stream)?.video;
    if (!video?.videoWidth) return null;
    const canvas = document.createElement('canvas');
    canvas.width = canvas.height = 16;
    const paper = canvas.getContext('2d');
    paper.drawImage(video, 0, 0, 16, 16);
    const pixels = paper.getImageData(0, 0, 16, 16).data;
    return [0, 1, 2].map(channel => pixels.filter((_, at) => at % 4 === channel).reduce((sum, value) => sum + value, 0) / 256);
  }

  const report = () => ({
    joined: state.joined, ejected: state.ejected, control: state.control, userId: state.userId, sound: state.sound, camera: state.camera, screen: state.screen,
    soundPeer: state.soundPeer && `${state.soundPeer.signalingState} ice ${state.soundPeer.iceConnectionState} dtls ${state.soundPeer.connectionState}`,
    screenListed: state.screenListed ?? 0, listed: listed.length, heard: counters, troubles: state.troubles,
    faces: [...shown].map(([stream, one]) => ({ stream, name: one.name, state: one.state, drawn: one.drawn, width: one.video.videoWidth, height: one.video.videoHeight })),
  });

  const forgetHeard = () => { if (counters) counters.loudest = -100; };

  return { enter, speak, setMuted, showFace, watch, watchOneself, watchScreen, decoded, colours, forgetHeard, report };
})();
true;
